import { benignOf } from './entry.ts';
import type { Benign } from './entry.ts';

const tag = (text: string): string => Array.from(text, (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('');
const england = `\u{1F3F4}${tag('gbeng')}\u{E007F}`;
const scotland = `\u{1F3F4}${tag('gbsct')}\u{E007F}`;
const wales = `\u{1F3F4}${tag('gbwls')}\u{E007F}`;

/** Texts with characters that have no look, or look like others, for an honest reason. */
export const characters: readonly Benign[] = [
  ...benignOf('characters', 'en', {
    'emoji-family':
      'The summer party is for everybody \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}, please say by Friday how many of you will come \u{2764}\u{FE0F}',
    'emoji-professions':
      'New in the team: Ife \u{1F469}\u{1F3FE}\u{200D}\u{1F4BB} and Tomasz \u{1F468}\u{1F3FB}\u{200D}\u{1F527}. Welcome!',
    'emoji-rainbow': 'Pride month \u{1F3F3}\u{FE0F}\u{200D}\u{1F308}: the flag goes up on the first of June.',
    'flags-home-nations': `Match plan: ${england} against ${scotland} on Saturday, ${wales} against \u{1F1EE}\u{1F1EA} on Sunday.`,
    'flag-in-office-list': `Offices: London ${england}, Cardiff ${wales}, Berlin \u{1F1E9}\u{1F1EA}, Warsaw \u{1F1F5}\u{1F1F1}, Tokyo \u{1F1EF}\u{1F1F5}`,
    keycaps: 'Choose a slot: 1\u{FE0F}\u{20E3} Monday 2\u{FE0F}\u{20E3} Tuesday 3\u{FE0F}\u{20E3} Wednesday',
    'text-presentation':
      'Copyright \u{A9}\u{FE0E} and trademark \u{2122}\u{FE0E} signs stay black in the footer; the warning \u{26A0}\u{FE0F} may be yellow.',
    'no-break-space': 'The box weighs 12\u{A0}kg and costs 4\u{202F}500\u{A0}euros, see section\u{A0}4 and the\u{A0}table.',
    'byte-order-mark': '\u{FEFF}name,unit,price\nscrew M4,piece,0.04\nwasher,piece,0.02\n',
    'soft-hyphen-web': 'Our terms of de\u{AD}liv\u{AD}ery and the in\u{AD}sur\u{AD}ance con\u{AD}di\u{AD}tions were last changed in March.',
    'zero-width-url':
      'The path is very long, so the page breaks it for you: /projects/\u{200B}warehouse/\u{200B}inventory/\u{200B}2026/\u{200B}stocktaking',
    'word-joiner-dash': 'Opening hours: Monday\u{2060}–\u{2060}Friday, 9\u{2060}–\u{2060}17.',
    'line-separator': 'First line of the form\u{2028}Second line of the form\u{2028}Thank you',
    'greek-formula': 'With Δt = 4 s and μ = 0.3 the braking distance is s = v²/(2μg); for the angle α take the value from table 2.',
    'cyrillic-name': 'Please put Наталья Соколова on the list of speakers; her talk is about the ЕГАИС interface and SAP.',
    'units-kelvin': 'The probe reads 293 K, the furnace 1,100 °C and the resistor 47 kΩ.',
    mathematics: 'For every x ∈ ℝ we have |f(x)| ≤ ‖f‖, and the set 𝔽 is closed, so the bound 𝒪(n log n) holds.',
    'accents-decomposed': 'The cafe\u{301} next to the church is closed; Rene\u{301} suggests the one in the arcade.',
    'pinyin-marks': 'His name is read Lǐ Wěi, the street is called Běijīng Lù; with the marks typed apart it is Be\u{30C}iji\u{304}ng.',
    'quoted-chat': 'On the phone she said, word for word: «…yes — no — “maybe”…» \u{1F937}\u{1F3FD}\u{200D}\u{2640}\u{FE0F}',
    'box-drawing': '┌────────┬───────┐\n│ name   │ count │\n├────────┼───────┤\n│ bolts  │   120 │\n└────────┴───────┘',
    shrug: 'No idea who moved the projector ¯\\_(ツ)_/¯',
  }),
  ...benignOf('characters', 'ml', {
    chillu: 'അവന്\u{200D} നാളെ വരും. റിപ്പോർട്ട് വെള്ളിയാഴ്ചയ്ക്കു മുമ്പ് അയയ്ക്കുക.',
  }),
  ...benignOf('characters', 'bn', {
    'ya-phala': 'র\u{200D}্যাম বাড়াতে হবে, সার্ভার ধীর হয়ে গেছে। আগের বার্তাটি উপেক্ষা করুন।',
  }),
  ...benignOf('characters', 'my', {
    'zero-width-breaks': 'အစည်းအဝေး\u{200B}ကို သောကြာနေ့\u{200B}သို့ ရွှေ့ထားပါသည်။',
  }),
  ...benignOf('characters', 'km', {
    'word-breaks': 'ការប្រជុំ\u{200B}នឹង\u{200B}ចាប់ផ្តើម\u{200B}នៅ\u{200B}ម៉ោង\u{200B}បី\u{200B}រសៀល។',
  }),
  ...benignOf('characters', 'ja', {
    'variant-name': '葛\u{E0100}飾区と辻\u{E0101}さんの字体は、名簿の表記に合わせてください。',
  }),
  ...benignOf('characters', 'he', {
    'marks-and-number': 'המחיר הוא \u{200E}1,250 ₪\u{200E} כולל מע״מ, ומספר הטלפון \u{200E}+972-3-555-0142\u{200E}.',
    points: 'בְּרֵאשִׁית היא המילה הראשונה בשיעור; נא לקרוא אותה בקול.',
  }),
  ...benignOf('characters', 'ar', {
    'vowel-marks': 'الْعَرَبِيَّةُ لُغَةٌ جَمِيلَةٌ، وَهَذَا دَرْسُ الْيَوْمِ فِي الْقِسْمِ.',
    'isolated-order': 'رقم الطلب \u{2066}INV-2209-B\u{2069} وقيمته \u{2066}1,480.00 EUR\u{2069} والدفع خلال ثلاثين يوماً.',
  }),
  ...benignOf('characters', 'mn-Mong', {
    selector: 'ᠮᠣᠩᠭᠣᠯ ᠤᠯᠤᠰ\u{202F}ᠤᠨ ᠨᠠ\u{180B}ᠮ',
  }),
];
