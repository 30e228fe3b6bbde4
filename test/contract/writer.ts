import { openSqliteStore } from '../../src/store/sqlite.ts';
import { draftOf, largeBody, write } from './write.ts';

// A process that writes numbered statements and large texts to a store, one commit each.
const [file = '', proposal = '', count = ''] = process.argv.slice(2);
const store = await openSqliteStore(file);
for (let n = 0; n < Number(count); n++)
  await store.commit([write({ statements: [draftOf(proposal)], bodies: [largeBody(`${proposal} ${n}`)] })], () => [
    { bytes: '{}', key: proposal, sig: String(n) },
  ]);
await store.close();
