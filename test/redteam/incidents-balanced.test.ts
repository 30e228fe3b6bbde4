import { incidents } from './incidents.ts';

incidents('balanced');
