/*
 * What must hold of webhooks and callbacks, one row each: see requirements.ts.
 */

/** The rows. */
export const hooksRows = [
  {
    id: 'hooks.delivered',
    source: 'hooks point 5',
    behaviour: 'An event is sanitised, labelled, logged and handed over: posted, or taken with a run that has read it.',
  },
  {
    id: 'hooks.hints',
    source: 'hooks point 3',
    behaviour: 'What no signature covers starts a read with our own credential, shows nothing and authorises nothing.',
  },
  { id: 'hooks.at-least-once', source: 'hooks point 5', behaviour: 'Events come at least once, and in order for each source.' },
] as const;
