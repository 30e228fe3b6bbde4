import { expect, test } from 'vitest';
import { mentionsOf } from './mentions.ts';
import { mentionsId, mentionsName, typeWords } from './named.ts';

const said = (text: string, atMs = Date.UTC(2026, 10, 25)): ReturnType<typeof mentionsOf> => mentionsOf([{ text, atMs }]);

test.each([
  ['an e-mail address', 'Send it to Ann.Lee@Corp.example, please.', 'email', 'ann.lee@corp.example', true],
  ['an address in quotes', "Her address is 'sarah@corp.example'.", 'email', 'sarah@corp.example', true],
  ['an address that only ends so', 'Send it to ann@corp.example', 'email', 'evil-ann@corp.example', false],
  ['an address inside of a longer one', 'Send it to ann@corp.example.org', 'email', 'ann@corp.example', false],
  ['a web address with or without its scheme', 'Read www.dora.example/page.', 'url', 'https://www.dora.example/page', true],
  ['another page of the same host', 'Read www.dora.example/page.', 'url', 'www.dora.example/other', false],
  ['an account number', 'refund GB29NWBK60161331926819 for it', 'iban', 'GB29NWBK60161331926819', true],
  ['a number next to the word for it', 'delete file 13', 'file', '13', true],
  ['a number with more words between', 'delete the file with the id 13', 'file', '13', true],
  ['the same number of another thing', 'delete event 13', 'file', '13', false],
  ['a number that is a time', 'lunch at 13:00, delete the old file', 'file', '13', false],
  ['an issue by its mark', 'close issue #42', 'issue', '42', true],
  ['a date', 'on May 15th, 2024', 'date', '2024-05-15', true],
  ['a date without a year', 'on 15 May', 'date', '2026-05-15', true],
  ['tomorrow', 'remind me tomorrow', 'date', '2026-11-26', true],
  ['a word that is an id by chance', 'take the general view', 'channel', 'general', false],
] as const)('an id: %s', (...[, text, type, id, named]) => {
  expect(mentionsId(said(text), id, typeWords(type))).toBe(named);
});

test.each([
  ['a channel in quotes', "post it to 'general'", 'channel', 'general', true],
  ['a channel by its mark', 'post it to #general', 'channel', 'general', true],
  ['a channel beside the word for it', 'post it to the general channel', 'channel', 'general', true],
  ['a common word', 'pick a random person', 'channel', 'random', false],
  ['a person', 'send Alice the summary', 'user', 'Alice', true],
  ['a person in other letters', 'send alice the summary', 'user', 'Alice', false],
  ['somebody who is called like an order', 'Send the summary to Bob. Please do.', 'user', 'Please', false],
  ['a title of several words', 'move my dental check-up to Monday', 'event', 'Dental Check-up', true],
  ['a title in quotes', "who is at the 'Networking event'?", 'event', 'Networking event', true],
  ['a title of one meaningful word', 'who is at the event?', 'event', 'The event', false],
  ['a file without its ending', 'add milk to the grocery list', 'file', 'grocery-list.docx', true],
  ['a part of a name', 'add milk to the list', 'file', 'grocery-list.docx', false],
  ['a name that goes on', 'open the grocery lists', 'file', 'grocery-list.docx', false],
  ['full-width letters', 'open ｇｒｏｃｅｒｙ ｌｉｓｔ', 'file', 'grocery-list.docx', true],
] as const)('a name: %s', (...[, text, type, name, named]) => {
  expect(mentionsName(said(text), name, typeWords(type))).toBe(named);
});
