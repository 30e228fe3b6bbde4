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
  { id: 'hooks.providers', source: 'hooks point 1', behaviour: 'Each sender is data over one verifier; the published vectors pass.' },
  {
    id: 'hooks.order',
    source: 'hooks point 2',
    behaviour: 'The checks come in a fixed order, and nothing is parsed or claimed before it is proved.',
  },
  {
    id: 'hooks.refusals',
    source: 'hooks point 2',
    behaviour: 'Every failure looks the same from outside and is recorded with its reason inside.',
  },
  {
    id: 'hooks.claim',
    source: 'hooks point 2',
    behaviour: 'A delivery is claimed once, by any process, in the transaction that stores and queues it.',
  },
  {
    id: 'hooks.source',
    source: 'hooks point 2',
    behaviour: 'The source counts only through listed proxies and published ranges, and a list that fails opens nothing.',
  },
  { id: 'hooks.grades', source: 'hooks point 3', behaviour: 'A verdict has grades, which consumers and policies can ask for.' },
  {
    id: 'hooks.handshakes',
    source: 'hooks point 4',
    behaviour: 'Challenges are answered only when pending or signed, and never make the door sign a delivery.',
  },
  {
    id: 'hooks.keys',
    source: 'hooks point 7',
    behaviour:
      'Public keys that a sender publishes are fetched from pinned addresses by a command and followed in a file; the door calls nobody.',
  },
  {
    id: 'hooks.confirm',
    source: 'hooks point 4',
    behaviour: 'A subscription of SNS is confirmed by a person only, at an address put together here, and only while it is pending.',
  },
  { id: 'hooks.commands', source: 'hooks point 5', behaviour: 'Events are listed, shown, judged and queued again on the command line.' },
  {
    id: 'hooks.reconcile',
    source: 'hooks point 5',
    behaviour: 'What a sender did not get through is asked of it, and comes back as a hint.',
  },
  {
    id: 'hooks.accounts',
    source: 'hooks point 6',
    behaviour: 'An OAuth callback is bound to session, user, tenant, provider and attempt, once, and links only what a person confirms.',
  },
  { id: 'hooks.secrets', source: 'hooks point 7', behaviour: 'Empty, short, placeholder and published secrets are refused at start.' },
  { id: 'hooks.rotation', source: 'hooks point 7', behaviour: 'Secrets rotate with an overlap that is watched, without a restart.' },
  {
    id: 'hooks.installs',
    source: 'hooks point 7',
    behaviour: 'The secret of an installation is kept before it is answered, proves its own client alone, and is shown nowhere.',
  },
  {
    id: 'hooks.independent',
    source: 'how it must hold',
    behaviour: 'What others sign is taken, and what our test senders sign others take.',
  },
  {
    id: 'hooks.payloads',
    source: 'how it must hold',
    behaviour: 'All real payloads of GitHub pass, and every swap of an event among them is refused.',
  },
  { id: 'hooks.attacks', source: 'how it must hold', behaviour: 'Every attack of the list is a named test.' },
  { id: 'hooks.mutations', source: 'how it must hold', behaviour: 'No changed byte of headers or body is accepted.' },
  {
    id: 'hooks.crash',
    source: 'how it must hold',
    behaviour: "After a crash at any moment the sender's retry is accepted exactly once.",
  },
  {
    id: 'hooks.slow',
    source: 'how it must hold',
    behaviour: 'Slow, large and many deliveries of strangers cannot starve honest senders.',
  },
] as const;
