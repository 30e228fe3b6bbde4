import { takeLock } from '../../src/store/lock.ts';

// A process that takes a lock and keeps it until it is killed. It must hold on to it: a lock that nothing names is collected.
const lock = takeLock(process.argv[2] ?? '', 'the log');
process.send?.('held');
setInterval(() => lock, 1000);
