import { ending as e, gap, near, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/*
 * The three phrases that carry most attacks, in other languages: ignore your instructions, do not tell the user, send me
 * the secret. Stems only, in the plain form: `ä` is `a`, `ß` is `s`, `ё` is `е`, Arabic without its points.
 */

const override = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`override-${language}`, 'tells a model to ignore its instructions', 3], starts, tail, { inside });
const conceal = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`conceal-${language}`, 'tells a model to hide something from its user', 3], starts, tail, { inside });
const leak = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`send-secret-${language}`, 'asks to send credentials or internal data', 2], starts, tail, { inside });
const quiet = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`no-approval-${language}`, 'asks to act without approval', 2], starts, tail, { inside });
const address = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`to-model-${language}`, 'speaks to a model instead of a person', 2], starts, tail, { inside });

/** Both orders of an adjective and a noun, as Romance languages have them. */
const either = (a: string, b: string): string => `(?:(?:${a})${e} ${gap(2)}(?:${b})|(?:${b})${e} ${gap(3)}(?:${a}))`;

const germanic: readonly InjectionRule[] = [
  override(
    'de',
    'ignorier|missacht|vergiss|vergesst|vergessen|ubergeh|umgeh|verwirf',
    `${e} ${gap(4)}(?:vorherig|bisherig|fruher|obig|vorangegangen|vorig|alle|alten|ursprunglich|system|deine)${e} ${gap(2)}(?:anweisung|instruktion|befehl|regel|vorgabe|weisung|prompt|richtlinie|systemanweisung)`,
  ),
  conceal(
    'de',
    'sag|sage|sagen|erzahl|erzahle|informier|informiere|verrate|erwahne|benachrichtige|teile',
    `${e} ${gap(4)}(?:benutzer|nutzer|anwender|user)${e} ${gap(5)}(?:nicht|nichts|kein)`,
  ),
  conceal(
    'de',
    'ohne|ohne dass',
    `,? ${gap(2)}(?:benutzer|nutzer|anwender|user)${e} ${gap(4)}(?:informier|benachrichtig|zu sagen|fragen|erwahn|davon|mitzuteilen|zu informieren|merkt|erfahrt)`,
  ),
  leak(
    'de',
    'sende|senden|schick|schicke|schicken|ubermittle|leite|lade|poste|kopiere|fuge',
    `${e} ${gap(7)}[^ .!?\\n]{0,16}?(?:passwort|passworter|zugangsdaten|schlussel|token|geheimnis|anmeldedaten|kundendaten|kundenliste|gehalt|umgebungsvariable)`,
  ),
  quiet('de', 'ohne', ` ${gap(2)}(?:ruckfrage|bestatigung|genehmigung|freigabe|zustimmung)`),
  address(
    'de',
    'an die|an alle|an den|an das|hinweis fur|anweisung fur|anweisung an|hinweis an|nachricht an|achtung',
    `,? ${gap(1)}(?:ki\\b|ki-|assistent|sprachmodell|ai-|chatbot|llm)`,
  ),
  override(
    'nl',
    'negeer|vergeet|sla',
    `${e} ${gap(3)}(?:alle|vorige|eerdere|voorgaande|bovenstaande)${e} ${gap(2)}(?:instructie|opdracht|regel|aanwijzing|richtlijn)`,
  ),
  conceal(
    'nl',
    'vertel|zeg|meld|informeer|zonder',
    `${e} ${gap(5)}gebruiker${e} ?${gap(5)}(?:niet|niets|te (?:vertellen|informeren|melden|zeggen))`,
  ),
  override(
    'sv',
    'ignorera|bortse fran|glom',
    ` ${gap(3)}(?:tidigare|foregaende|alla|ovanstaende) ${gap(2)}(?:instruktion|anvisning|regler|order)`,
  ),
  override(
    'da',
    'ignorer|glem|se bort fra',
    ` ${gap(3)}(?:tidligere|foregaende|alle|forrige) ${gap(2)}(?:instruks|anvisning|regler|ordre|instruktion)`,
  ),
];

const romance: readonly InjectionRule[] = [
  override(
    'fr',
    'ignor|oubli|neglig|ne tiens pas compte|ne tenez pas compte|ne tenez aucun compte|fais abstraction|faites abstraction|ne suis pas|ne suivez pas|ne suivez plus',
    `${e} ${gap(3)}(?:toutes (?:les|vos|tes) )?${either('precedent|anterieur|ci-dessus|initial|systeme|recu|donne', "(?:l'|d')?(?:instruction|consigne|directive|regle|ordre)")}`,
  ),
  conceal(
    'fr',
    "ne dis|ne dites|ne le dis|ne le dites|n'informe|n'informez|n'en parle|n'en parlez|ne mentionne|ne mentionnez|ne revele|ne revelez|ne previens|ne prevenez|ne signale|ne signalez|sans prevenir|sans informer|sans en parler|sans en informer|sans le dire|sans le signaler|sans avertir",
    `${e} ${gap(6)}(?:l')?utilisat`,
  ),
  leak(
    'fr',
    'envoi|envoie|envoyez|envoyer|transmets|transmettez|transferez|transfere|publie|copie|copiez|joins|joignez',
    `${e} ${gap(7)}(?:l'|d'|les |des )?(?:mots? de passe|jeton|cle|identifiant|secret|token|donnees client|liste des client)`,
  ),
  quiet('fr', 'sans', ` ${gap(3)}(?:confirmation|validation|autorisation|approbation)`),
  address(
    'fr',
    "a l'attention de|note pour|instructions pour|message pour|consigne pour|aux|a tout|a toute",
    ` ?${gap(2)}(?:l'|les |d')?(?:ia\\b|assistant|agents? (?:ia|automati)|modele de langage|intelligence artificielle)`,
  ),
  override(
    'es',
    'ignor|olvid|haz caso omiso|haga caso omiso|no sigas|no siga|descart|omit|pasa por alto',
    `${e} ${gap(4)}${either('anterior|previ|arriba|sistema|original|recibid', 'instruccion|indicacion|orden|directri|regla')}`,
  ),
  conceal(
    'es',
    'no le digas|no le diga|no digas|no diga|no informes|no informe|no menciones|no mencione|no reveles|no avises|no avise|no comentes|sin decir|sin informar|sin avisar|sin mencionar|sin notificar|no se lo digas|no lo comentes|sin que',
    `${e} ${gap(6)}usuari`,
  ),
  leak(
    'es',
    'envi|envia|envie|enviar|manda|mande|reenvi|publica|copia|adjunta|sube|suba|transmite',
    `${e} ${gap(7)}(?:contrasen|clave|token|credencial|secreto|datos de (?:los )?client|lista de client)`,
  ),
  quiet('es', 'sin', ` ${gap(3)}(?:confirmacion|aprobacion|autorizacion|permiso|confirmar)`),
  address(
    'es',
    'nota para|instrucciones para|instruccion para|mensaje para|atencion|aviso para|aviso al',
    `,?:? ${gap(2)}(?:ia\\b|asistente|modelo de lenguaje|agente de ia|inteligencia artificial)`,
  ),
  override(
    'pt',
    'ignor|esquec|desconsider|nao siga|descart',
    `${e} ${gap(4)}${either('anterior|previ|acima|sistema|original|recebid', 'instruc|orientac|orden|regra|diretriz|comando')}`,
  ),
  conceal(
    'pt',
    'nao diga|nao informe|nao conte|nao mencione|nao revele|nao avise|nao comente|sem informar|sem avisar|sem dizer|sem contar|sem mencionar|sem notificar|sem que',
    ` ${gap(6)}(?:usuari|utilizador)`,
  ),
  leak(
    'pt',
    'envi|envie|enviar|mande|encaminhe|publique|copie|anexe|transmita',
    `${e} ${gap(7)}(?:senha|token|credencia|segredo|chave|dados d[eo]s? client|lista de client)`,
  ),
  address(
    'pt',
    'nota para|instrucoes para|mensagem para|atencao|aviso para|aviso ao',
    `,?:? ${gap(2)}(?:ia\\b|assistente|modelo de linguagem|agente de ia|inteligencia artificial)`,
  ),
  override(
    'it',
    'ignor|dimentic|trascur|non seguire|non tenere conto|non considerare',
    `${e} ${gap(4)}${either('precedent|sopra|inizial|sistema|original|ricevut', "(?:l'|dell')?(?:istruzion|indicazion|direttiv|regol|comand|ordin)")}`,
  ),
  conceal(
    'it',
    "non dire|non dirlo|non informare|non menzionare|non rivelare|non avvisare|non parlarne|non segnalare|senza dire|senza dirlo|senza informare|senza avvisare|senza menzionare|senza che|all'insaputa",
    ` ${gap(5)}(?:all'|dell'|l')?utent`,
  ),
  leak(
    'it',
    'invia|inviare|invii|manda|inoltra|inoltrare|pubblica|copia|allega|trasmetti',
    `${e} ${gap(7)}(?:password|token|credenzial|segret|chiav|dati d[ei]i? client|elenco (?:dei )?client)`,
  ),
  address(
    'it',
    'nota per|istruzioni per|messaggio per|attenzione|avviso per',
    `,?:? ${gap(2)}(?:l'|gli )?(?:ia\\b|assistent|modello linguistico|agente ia|intelligenza artificiale)`,
  ),
  override(
    'ro',
    'ignora|ignorati|uita|uitati',
    ` ${gap(3)}${either('anterioare|precedente|de mai sus', 'instructiuni|indicatii|reguli|comenzi')}`,
  ),
];

const slavic: readonly InjectionRule[] = [
  override(
    'pl',
    'zignoruj|ignoruj|zapomnij|pomin|nie stosuj|zlekcewaz|odrzuc',
    `${e} ${gap(3)}(?:wszystki|poprzedni|wczesniejsz|powyzsz|dotychczasow|swoich)${e} ${gap(2)}(?:instrukcj|polecen|wytyczn|zasad|regul|polece)`,
  ),
  conceal(
    'pl',
    'nie mow|nie informuj|nie wspominaj|nie ujawniaj|nie powiadamiaj|nie zdradzaj|bez informowania|bez wiedzy|bez powiadamiania|nie pokazuj',
    `${e} ${gap(5)}uzytkowni`,
  ),
  leak(
    'pl',
    'wyslij|wyslac|przeslij|przekaz|opublikuj|skopiuj|dolacz|udostepnij',
    `${e} ${gap(7)}(?:hasl|token|klucz|poswiadcze|dane logowania|dane klient|liste klient)`,
  ),
  quiet('pl', 'bez', ` ${gap(2)}(?:potwierdzeni|zgody|zatwierdzeni|akceptacji)`),
  address(
    'pl',
    'do asystenta|uwaga|notatka dla|instrukcja dla|instrukcje dla|wiadomosc dla',
    `,?:? ?${gap(2)}(?:ai\\b|asystent|sztuczn|modelu jezykow|agent[ao]?w? ai)`,
  ),
  override('cs', 'ignoruj|zapomen|nevsimej si', `${e} ${gap(3)}(?:predchozi|vsechny|vyse)${e} ${gap(2)}(?:pokyn|instrukc|prikaz|pravid)`),
  conceal('cs', 'nerikej|neinformuj|nezminuj|bez vedomi|bez upozorneni', `${e} ${gap(4)}uzivatel`),
  override(
    'ru',
    'игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|не обращай внимания на|не обращайте внимания на|отмени|отмените|не следуй|не выполняй',
    `${e} ${gap(3)}(?:предыдущ|прежн|выше|ранее|прошл|все|системн|исходн|любые)${e} ${gap(3)}(?:инструкц|указани|команд|правил|распоряжен|промпт)`,
  ),
  conceal(
    'ru',
    'не говори|не говорите|не сообщай|не сообщайте|не упоминай|не упоминайте|не рассказывай|не раскрывай|не показывай|не уведомляй|не уведомляйте|без ведома|не информируй|без уведомления|не сообщая|не уведомляя',
    `${e} ${gap(5)}пользовател`,
  ),
  leak(
    'ru',
    'отправь|отправьте|отправить|перешли|перешлите|вышли|скопируй|передай|загрузи|пришли',
    `${e} ${gap(7)}(?:парол|токен|ключ|учетные данные|секрет|данные клиент|список клиент|базу клиент)`,
  ),
  quiet('ru', 'без', ` ${gap(2)}(?:подтвержден|согласован|разрешен|одобрен)`),
  address(
    'ru',
    'для|внимание|инструкция для|сообщение для|указание для',
    `,?:? ${gap(1)}(?:ии\\b|ии-|ассистент|языков[а-я]{1,3} модел|нейросет|искусственн|бота\\b)`,
    true,
  ),
  override(
    'uk',
    'ігноруй|ігноруйте|проігноруй|проігноруйте|забудь|забудьте|не зважай на|не зважайте на|не виконуй',
    `${e} ${gap(3)}(?:попередн|усі|всі|вище|раніше|системн)${e} ${gap(3)}(?:інструкц|вказівк|команд|правил|настанов|розпорядж)`,
  ),
  conceal(
    'uk',
    'не кажи|не кажіть|не повідомляй|не повідомляйте|не згадуй|не згадуйте|не розповідай|не розкривай|без відома|не показуй|не інформуй',
    `${e} ${gap(5)}користувач`,
  ),
  leak(
    'uk',
    'надішли|надішліть|надіслати|перешли|перешліть|скопіюй|передай|відправ',
    `${e} ${gap(7)}(?:парол|токен|ключ|облікові дані|секрет|дані клієнт|список клієнт)`,
  ),
];

const others: readonly InjectionRule[] = [
  override(
    'tr',
    'onceki|yukaridaki|tum|butun|daha onceki|mevcut',
    `${e} ${gap(3)}(?:talimat|yonerge|komut|kural|yonlendirme)${e}${e} ${gap(3)}(?:yok say|gormezden gel|unut|dikkate alma|goz ardi|gecersiz|onemseme|uyma)`,
  ),
  conceal(
    'tr',
    'kullanici|kullanicinin',
    `${e} ${gap(4)}(?:soyleme|bildirme|bahsetme|haber verme|belirtme|gosterme|acikla?ma|haberi olma|fark etme|bilgi verme)`,
  ),
  conceal('tr', 'kullanicinin haberi olmadan|kullaniciya bildirmeden|kullaniciya soylemeden|kullaniciya sormadan', ''),
  leak(
    'tr',
    'sifre|parola|api anahtar|token|kimlik bilgi|musteri liste|erisim anahtar',
    `${e}${e} ${gap(6)}(?:gonder|ilet|yolla|paylas|yukle|kopyala)`,
  ),
  override('el', 'αγνοησ|ξεχασ|παραβλεψ', `${e} ${gap(3)}(?:προηγουμεν|ολες|παραπανω)${e} ${gap(2)}(?:οδηγι|εντολ|κανον)`),
  override('id', 'abaikan|lupakan', ` ${gap(3)}(?:instruksi|perintah|aturan|petunjuk) ${gap(2)}(?:sebelumnya|di atas|sistem|awal)`),
  conceal(
    'id',
    'jangan beri tahu|jangan beritahu|jangan katakan|jangan sebutkan|tanpa memberi tahu|tanpa memberitahu|tanpa sepengetahuan',
    ` ${gap(4)}pengguna`,
  ),
  override('vi', 'bo qua|quen|phot lo', ` ${gap(3)}(?:huong dan|chi dan|lenh|chi thi|quy tac) ${gap(3)}(?:truoc|o tren|ban dau|he thong)`),
  conceal('vi', 'khong noi|dung noi|khong bao|dung bao|khong thong bao|khong cho|ma khong', ` ${gap(4)}nguoi dung`),
  override(
    'ar',
    'تجاهل|تجاهلي|تجاهلوا|انس|اهمل|لا تتبع|تخط',
    ` ${gap(3)}(?:ال|ل|لل)?(?:تعليمات|اوامر|ارشادات|توجيهات|قواعد)${e} ?${gap(2)}(?:السابق|اعلاه|السالف|الاصلي|المسبق|النظام)`,
  ),
  conceal(
    'ar',
    'لا تخبر|لا تذكر|دون اخبار|بدون اخبار|لا تبلغ|دون علم|لا تكشف|دون ابلاغ|لا تقل|دون ان يعلم|ولا تخبر',
    `${e} ?${gap(4)}[^ .\\n]{0,3}مستخدم`,
    true,
  ),
  leak(
    'ar',
    'ارسل|ارسلي|ارسال|حول|انسخ|انشر|ارفق',
    `${e} ${gap(7)}[^ .\\n]{0,3}(?:كلمه المرور|كلمات المرور|كلمه السر|رمز|رموز|مفتاح|مفاتيح|بيانات|قائمه العملاء)`,
  ),
  override(
    'he',
    'התעלם|התעלמי|התעלמו|תתעלם|שכח|תשכח|להתעלם',
    ` ${gap(2)}[^ .\\n]{0,2}(?:הוראות|הנחיות|פקודות|כללים) ${gap(2)}(?:ה?קודמות|לעיל|שניתנו|ה?מערכת|הקודם)`,
  ),
  conceal(
    'he',
    'אל תספר|אל תגיד|אל תאמר|אל תציין|אל תזכיר|בלי לספר|מבלי לספר|בלי ליידע|מבלי ליידע|אל תיידע|אל תחשוף|אל תודיע|בלי להודיע|מבלי להודיע|ואל תספר|ללא ידיעת',
    `${e} ${gap(4)}[^ .\\n]{0,2}משתמש`,
    true,
  ),
  leak('he', 'שלח|שלחי|תשלח|לשלוח|העבר|העתק|פרסם', `${e} ${gap(7)}[^ .\\n]{0,2}(?:סיסמ|אסימון|מפתח|פרטי הגישה|פרטי גישה|רשימת הלקוחות)`),
  override(
    'hi',
    'पिछले|पिछली|पहले के|सभी|उपरोक्त|ऊपर|पूर्व',
    ` ${gap(3)}(?:निर्देश|आदेश|नियम|हिदायत|अनुदेश)${e} ${gap(3)}(?:अनदेखा|नजरअंदाज|नजरंदाज|भूल|इग्नोर|उपेक्षा|न मान|मत मान)`,
  ),
  conceal(
    'hi',
    'उपयोगकर्ता|यूजर|उपभोक्ता',
    `${e} ${gap(5)}(?:न बता|मत बता|ना बता|नहीं बता|सूचित न|न कह|मत कह|सूचित किए बिना|बताए बिना|बिना बताए|न दें|मत दें|पता न)`,
  ),
  leak('hi', 'पासवर्ड|टोकन|एपीआई कुंजी|api कुंजी|गोपनीय|ग्राहक सूची|ग्राहकों की सूची', `${e} ${gap(7)}(?:भेज|साझा|अपलोड|फॉरवर्ड)`),
  override(
    'zh',
    '忽略|无视|無視|忘记|忘掉|忘記|不要理会|不要遵循|不必理会|不再遵守|请勿遵守|取代',
    `${near(10)}(?:之前|以前|先前|前面|以上|上述|上面|此前|所有|原有|系统|系統|一切)${near(8)}(?:指令|指示|提示|规则|規則|命令|设定|設定|限制)`,
    true,
  ),
  conceal(
    'zh',
    '不要告诉|不要告訴|别告诉|別告訴|请勿告知|勿告知|不要告知|不要向|不得告知|不得向|不要让|不要讓|不要提及|无需告知|無需告知|瞒着|不要通知|不要跟',
    `${near(8)}(?:用户|用戶|使用者)`,
    true,
  ),
  leak(
    'zh',
    '发送|發送|发到|转发|轉發|上传|上傳|发给|寄到|提交|传送|將|把|将',
    `${near(14)}(?:密码|密碼|密钥|密鑰|凭证|憑證|令牌|token|口令|客户名单|客戶名單|客户数据|访问密钥)`,
    true,
  ),
  address(
    'zh',
    'ai助手|ai 助手|人工智能助手|人工智慧助理|ai 助理|ai助理|语言模型|語言模型|大模型',
    `${near(4)}(?:请|請|必须|必須|注意|应|應|:|,)`,
    true,
  ),
  override(
    'ja',
    '以前の|これまでの|前の|上記の|すべての|全ての|今までの|先ほどの|システムの|既存の|元の',
    `${near(10)}(?:指示|命令|ルール|指令|プロンプト|制約|設定)${near(8)}(?:無視|忘れ|破棄|従わ)`,
    true,
  ),
  conceal(
    'ja',
    'ユーザー|ユーザ|利用者|使用者',
    `${near(14)}(?:伝えな|言わな|知らせな|教えな|報告しな|明かさ|気づかれ|話さな|知られ|告げ|内緒|伝えず|知らせず|言わず|伝えては|触れな|見せな)`,
    true,
  ),
  leak(
    'ja',
    'パスワード|apiキー|api キー|トークン|認証情報|秘密鍵|顧客リスト|顧客データ|アクセスキー',
    `${near(20)}(?:送信|送って|送れ|転送|アップロード|投稿|共有し|貼り付け)`,
    true,
  ),
  override(
    'ko',
    '이전|위의|앞선|지금까지|기존|모든|앞의|원래',
    `${near(10)}(?:지시|명령|지침|규칙|프롬프트|설정)${near(10)}(?:무시|잊|따르지|버리)`,
    true,
  ),
  conceal(
    'ko',
    '사용자|유저|이용자',
    `${near(14)}(?:알리지|말하지|언급하지|보고하지|밝히지|모르게|전달하지|공개하지|몰래|알려주지|알려 주지|이야기하지)`,
    true,
  ),
  leak(
    'ko',
    '비밀번호|암호|토큰|api 키|api키|인증 정보|자격 증명|고객 명단|고객 목록|액세스 키',
    `${near(20)}(?:보내|전송|전달|업로드|게시|공유)`,
    true,
  ),
  override('th', 'ละเว้น|เพิกเฉย|ไม่ต้องสนใจ|ลืม', `${near(14)}(?:คำสั่ง|คำแนะนำ)${near(14)}(?:ก่อน|ทั้งหมด|ข้างต้น)`, true),
  conceal('th', 'อย่าบอก|ห้ามบอก|โดยไม่แจ้ง|โดยไม่บอก|อย่าแจ้ง', `${near(10)}ผู้ใช้`, true),
];

/** The rules for languages other than English. */
export const otherRules: readonly InjectionRule[] = [...germanic, ...romance, ...slavic, ...others];
