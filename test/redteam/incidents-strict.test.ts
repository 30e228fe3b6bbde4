import { incidents } from './incidents.ts';

incidents('strict');
