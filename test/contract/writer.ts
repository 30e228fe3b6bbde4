import { openSqliteStore } from '../../src/store/sqlite.ts';
import { draftOf, write } from './write.ts';

// A process that writes numbered statements to a store, one commit each.
const [file = '', proposal = '', count = ''] = process.argv.slice(2);
const store = await openSqliteStore(file);
for (let n = 0; n < Number(count); n++)
  await store.commit([write({ statements: [draftOf(proposal)] })], () => ({ bytes: '{}', key: proposal, sig: String(n) }));
await store.close();
