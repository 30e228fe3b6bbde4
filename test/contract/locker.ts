import { takeLock } from '../../src/store/lock.ts';

// A process that takes a lock and keeps it until it is killed.
takeLock(process.argv[2] ?? '', 'the log');
process.send?.('held');
setInterval(() => {}, 1000);
