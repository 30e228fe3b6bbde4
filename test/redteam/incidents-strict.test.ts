// verifies: redteam.incidents
import { incidents } from './incidents.ts';

incidents('strict');
