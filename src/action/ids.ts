import { z } from 'zod';

/** Shapes of the ids that we mint: 128 random bits in base64url behind a letter. */
export const proposalId: z.ZodString = z.string().regex(/^p_[A-Za-z0-9_-]{22}$/, 'a proposal id looks like p_ and 22 characters');
/** A run. */
export const runId: z.ZodString = z.string().regex(/^r_[A-Za-z0-9_-]{22}$/, 'a run id looks like r_ and 22 characters');
/** An event that came in through the hooks door. */
export const eventId: z.ZodString = z.string().regex(/^e_[A-Za-z0-9_-]{22}$/, 'an event id looks like e_ and 22 characters');
/** An attempt to link an account. */
export const attemptId: z.ZodString = z.string().regex(/^a_[A-Za-z0-9_-]{22}$/, 'an attempt id looks like a_ and 22 characters');
