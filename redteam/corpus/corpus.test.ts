import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import { benign } from './benign.ts';
import { kinds, techniques } from './entry.ts';
import { transforms } from './transforms.ts';

const texts = [...attacks, ...benign];
const names = Object.keys(transforms) as (keyof typeof transforms)[];

/** What has no look, besides the line feed. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}\u{2028}\u{2029}]|(?!\n)\p{Cc}|(?! )\p{Zs}/u;

test('the corpus is large enough to say something', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(80);
  expect(attacks.filter((attack) => attack.quiet === true).length).toBeGreaterThanOrEqual(12);
  expect(benign.length).toBeGreaterThanOrEqual(180);
  expect(benign.filter(({ text }) => text.includes('\n\n') || text.length > 200).length).toBeGreaterThanOrEqual(60);
  expect(names.length).toBeGreaterThanOrEqual(20);
});

test('every identifier and every text is there once', () => {
  expect(new Set(texts.map(({ id }) => id)).size).toBe(texts.length);
  expect(new Set(texts.map(({ text }) => text.trim().toLowerCase())).size).toBe(texts.length);
  for (const { id, text } of texts) {
    expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
    expect(text.length).toBeGreaterThan(15);
  }
});

test('every technique attacks, and every kind of benign text is there', () => {
  expect(techniques.filter((technique) => attacks.filter((attack) => attack.technique === technique).length < 3)).toEqual([]);
  expect(kinds.filter((kind) => benign.filter((entry) => entry.kind === kind).length < 5)).toEqual([]);
});

test('quiet is what the technique says', () => {
  for (const attack of attacks) expect([attack.id, attack.quiet === true]).toEqual([attack.id, attack.technique === 'quiet']);
});

test('attacks and benign texts are written in many languages, named as BCP 47 wants it', () => {
  for (const { language } of texts) expect(Intl.getCanonicalLocales(language)).toEqual([language]);
  expect(new Set(attacks.map(({ language }) => language)).size).toBeGreaterThanOrEqual(16);
  expect(new Set(benign.map(({ language }) => language)).size).toBeGreaterThanOrEqual(20);
});

test('no host or address of the corpus belongs to anybody', () => {
  const host = /(?:https?:\/\/|@)([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi;
  const namespace = 'www.w3.org'; // no place, but the name of a vocabulary
  const turned = transforms.rot13('.example');
  const hosts = texts.flatMap(({ text }) => Array.from(text.matchAll(host), (found) => found[1] ?? ''));
  expect(hosts.length).toBeGreaterThan(50);
  expect(
    hosts.filter((name) => !/(?:^|\.)(?:example|test|invalid|example\.com)$/.test(name) && !name.endsWith(turned) && name !== namespace),
  ).toEqual([]);
});

test('a text that looks like JSON is JSON', () => {
  const structured = attacks.filter(({ technique }) => technique === 'split' || technique === 'unseen-layer');
  for (const { text } of structured) expect(() => JSON.parse(text) as unknown).not.toThrow();
});

test.each(names)('%s changes most texts, and always in the same way', (name) => {
  const once = attacks.map(({ text }) => transforms[name](text));
  expect(attacks.map(({ text }) => transforms[name](text))).toEqual(once);
  const changed = once.filter((text, at) => text !== attacks[at]?.text);
  expect(changed.length).toBeGreaterThan(attacks.length / 2);
  for (const text of once) expect(text.isWellFormed()).toBe(true);
});

test('no source has a character without a look: they are written as escapes', () => {
  const folder = new URL('.', import.meta.url);
  const sources = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(10);
  for (const file of sources) {
    const lines = readFileSync(new URL(file, folder), 'utf8').split('\n');
    const found = lines.flatMap((line, at) =>
      unseen.test(line) ? [`${file}:${String(at + 1)} ${JSON.stringify(unseen.exec(line)?.[0])}`] : [],
    );
    expect(found).toEqual([]);
  }
});
