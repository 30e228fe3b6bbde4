// verifies: log.tree
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { edgeRoot, emptyEdge, grow, partialTiles } from './edge.ts';
import { leafHash } from './hash.ts';
import { bundleBytes, parseBundle, parseTile, parseTilePath, subtreesOf, tilePath, widthAt } from './tiles.ts';
import { consistencyProof, inclusionProof, rootOf } from './tree.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

test('tiles lie where C2SP tlog-tiles says', () => {
  expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/0/000');
  expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 1, index: 1234, width: 17 })).toBe('tile/1/x001/234.p/17');
  expect(tilePath({ level: 'entries', index: 999, width: 255 })).toBe('tile/entries/999.p/255');
  expect(tilePath({ level: 'entries', index: 1000, width: 256 })).toBe('tile/entries/x001/000');
});

test('a path is parsed to the one tile that it names', () => {
  const level = fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 }));
  fc.assert(
    fc.property(level, fc.nat(1_000_000_000), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
      const id = { level, index, width };
      expect(parseTilePath(tilePath(id))).toEqual(id);
    }),
  );
});

test('a path that is not exactly that of a tile is none', () => {
  const bad = [
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/000',
    'tile/0/001/234',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/05',
  ];
  const worse = [
    'tile/0/../000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/000.p/5/x',
    'tile/data/000',
    'tile/-1/000',
    'tile/0/000\n',
    '',
    'checkpoint',
  ];
  for (const path of [...bad, ...worse]) expect(parseTilePath(path), path).toBeNull();
});

test('a log of 70,000 entries has the tiles that the standard counts, and they prove what they should', () => {
  const size = 70_000;
  const { edge, full } = grow(
    emptyEdge,
    Array.from({ length: size }, (_, i) => leafHash(Uint8Array.of(i & 0xff, (i >> 8) & 0xff, i >> 16))),
  );
  const partial = partialTiles(edge);
  expect(full.filter((tile) => tile.level === 0)).toHaveLength(273);
  expect(full.filter((tile) => tile.level === 1)).toHaveLength(1);
  expect(partial.map(tilePath)).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
  for (const tile of [...full, ...partial]) expect(tile.width).toBe(widthAt(tile, size));

  const kept = new Map([...full, ...partial].map((tile) => [`${tile.level}/${tile.index}`, parseTile(tile.bytes, tile.width)!]));
  const at = subtreesOf((level, index) => kept.get(`${level}/${index}`)!);
  const root = rootOf(size, at);
  expect(root).toEqual(edgeRoot(edge));
  for (const index of [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999])
    expect(verifyInclusion({ index, size, leaf: at(0, index), root, proof: inclusionProof(index, size, at) }).ok).toBe(true);
  for (const older of [1, 256, 65_536, 65_537, 69_999])
    expect(
      verifyConsistency({
        older: { size: older, root: rootOf(older, at) },
        newer: { size, root },
        proof: consistencyProof(older, size, at),
      }).ok,
    ).toBe(true);
});

test('the width of a tile follows the size of the log', () => {
  expect(widthAt({ level: 0, index: 0 }, 256)).toBe(256);
  expect(widthAt({ level: 1, index: 0 }, 256)).toBe(1);
  expect(widthAt({ level: 'entries', index: 1 }, 256)).toBe(0);
  expect(widthAt({ level: 'entries', index: 1 }, 300)).toBe(44);
  expect(widthAt({ level: 63, index: 0 }, 2 ** 48)).toBe(0);
});

test('bundles give back their entries, and anything else is none', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (entries, cut) => {
      const bytes = bundleBytes(entries);
      expect(parseBundle(bytes, entries.length)).toEqual(entries.map((entry) => Uint8Array.from(entry)));
      expect(parseBundle(bytes, entries.length + 1)).toBeNull();
      if (entries.length > 0) expect(parseBundle(bytes, entries.length - 1)).toBeNull();
      if (bytes.length >= cut) expect(parseBundle(bytes.slice(0, -cut), entries.length)).toBeNull();
      expect(parseBundle(Uint8Array.from([...bytes, 0]), entries.length)).toBeNull();
    }),
  );
  const largest = new Uint8Array(limits.logEntryBytesMax);
  expect(parseBundle(bundleBytes([largest]), 1)).toEqual([largest]);
});
