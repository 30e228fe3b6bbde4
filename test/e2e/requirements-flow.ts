/*
 * What must hold of untrusted content and of the flow of information, one row each: see requirements.ts.
 */

/** The rows. */
export const flowRows = [
  {
    id: 'content.idempotent',
    source: 'content point 1',
    behaviour: 'Sanitising twice changes nothing, no invisible code point survives, and the length is bounded.',
  },
  {
    id: 'content.linear',
    source: 'content point 1',
    behaviour: 'No hostile text costs more than a linear number of counted steps; what costs more is withheld.',
  },
  {
    id: 'content.references',
    source: 'content point 1',
    behaviour: 'Links become numbered references that only the hands turn back into addresses.',
  },
  {
    id: 'content.wrapped',
    source: 'content point 1',
    behaviour: 'Third-party text reaches the model as JSON between marks with a nonce, marked word by word where the policy says so.',
  },
  {
    id: 'content.secret-rules',
    source: 'content point 2',
    behaviour: 'At least a hundred formats of credentials are found, each with positive, negative and worst-case examples.',
  },
  {
    id: 'content.injection-rules',
    source: 'content point 2',
    behaviour: 'Phrases and structures of injections are found in the visible, skeleton, decoded and hidden readings.',
  },
  { id: 'content.levels', source: 'content point 2', behaviour: 'What is found only ever raises what is asked.' },
  { id: 'content.masked', source: 'content point 2', behaviour: 'A credential in an answer never reaches the model.' },
  { id: 'content.withheld', source: 'content point 2', behaviour: 'Hostile content is withheld until a person opens it.' },
  { id: 'content.classifier', source: 'content point 2', behaviour: 'A classifier of the operator can only raise what is found.' },
  { id: 'content.scan', source: 'content point 2', behaviour: 'The scan command shows what a model would be shown, and what was found.' },
  {
    id: 'flow.labels',
    source: 'content point 3',
    behaviour: 'Every read has a label with an immutable id, the author where the system tells it, and readers.',
  },
  { id: 'flow.upstream-labels', source: 'content point 3', behaviour: 'Labels of an upstream server may lower trust and never raise it.' },
  { id: 'flow.rebuilt', source: 'content point 3', behaviour: "A run's label is rebuilt from the hands' signed records." },
  {
    id: 'flow.audience',
    source: 'content point 4',
    behaviour: 'The audience of a write is resolved live at proposal and at execution; a widening in between cancels.',
  },
  {
    id: 'flow.oracle',
    source: 'content point 4',
    behaviour: 'The audience of an MCP system is what its catalogue declares or what its oracle tool answers.',
  },
  {
    id: 'flow.outsiders-named',
    source: 'content point 4',
    behaviour: "Data leaks where a reader may not read a source; outsiders whom the user's own words name are told apart.",
  },
  {
    id: 'flow.binding-request',
    source: 'content point 5',
    behaviour: "A target binds to the user's words through the typed object that it resolves to.",
  },
  { id: 'flow.scope', source: 'content point 5', behaviour: 'An operation outside of the declared task asks and is not denied.' },
  {
    id: 'flow.words',
    source: 'content point 5',
    behaviour: "The user's words come from the host application or its hook, and never from an agent's token.",
  },
  {
    id: 'egress.secrets',
    source: 'content point 6',
    behaviour: 'Secrets are found in every string, encoded, and split over the writes of a run.',
  },
  {
    id: 'egress.guarded',
    source: 'content point 6',
    behaviour: 'Credentials of the installation and canaries never leave, whoever signs.',
  },
  {
    id: 'egress.links',
    source: 'content point 6',
    behaviour: 'Links and images are held against the list of what may go out and the hosts that the user names.',
  },
  {
    id: 'egress.overlap',
    source: 'content point 6',
    behaviour: 'Text copied from a source whose readers do not include the audience is shown to the approver.',
  },
  { id: 'egress.code-paths', source: 'content point 6', behaviour: 'Files that run by themselves raise the class of a write.' },
  {
    id: 'content.tenant-proof',
    source: 'content point 7',
    behaviour: 'An object that does not prove its tenant is withheld, counted and logged.',
  },
  {
    id: 'content.pins',
    source: 'content point 8',
    behaviour: 'A changed tool or changed instructions disable with a difference; look-alikes and collisions are refused.',
  },
  {
    id: 'content.confirmations',
    source: 'content point 8',
    behaviour: 'Confirming arguments of servers are hidden from the model and filled by the executor alone.',
  },
  {
    id: 'redteam.incidents',
    source: 'content point 9',
    behaviour: 'Every incident runs against the real processes, and the third parties tell how it ended.',
  },
  {
    id: 'redteam.corpus',
    source: 'content point 9',
    behaviour: 'Attack texts and hard benign texts of our own cover every technique in ten languages.',
  },
  {
    id: 'redteam.configuration',
    source: 'content point 9',
    behaviour: "Scenarios run against a user's own configuration with pretend systems in place of their own.",
  },
  {
    id: 'redteam.agentdojo',
    source: 'content point 10',
    behaviour: 'Recorded traces of an outside benchmark are replayed through the real gateway and scored.',
  },
  {
    id: 'content.evasion',
    source: 'how it must hold',
    behaviour: 'Every attack text is tried under more than twenty transforms, and what is still found is printed.',
  },
  {
    id: 'flow.acts-before-reading',
    source: 'how it must hold',
    behaviour: 'A compromised agent that acts before its first read gains nothing.',
  },
  {
    id: 'flow.taint-stays',
    source: 'how it must hold',
    behaviour: 'Taint is not shaken off by a new session, a new client name, a retry or a batch.',
  },
  {
    id: 'flow.hard-set',
    source: 'how it must hold',
    behaviour: "Under a policy that permits everything the executor's own rules still stop what they name.",
  },
] as const;
