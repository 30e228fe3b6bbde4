import { hooksLimits } from './limits-hooks.ts';

/**
 * Every bound of the product, in one table, with its unit in the name.
 * A bound that is hit is a typed refusal, never a silent cut.
 */
export const limits = {
  // canonical bytes
  jsonDepthMax: 64,
  // action and statements
  argumentsBytesMax: 128 * 1024,
  statementBytesMax: 60_000, // a log entry may have 65,535 bytes (C2SP tlog-tiles)
  runsRememberedMax: 1000,
  sourcesOnCardMax: 30,
  nameCharsMax: 128,
  shortNameCharsMax: 64, // of what the configuration names, and of a code of ours
  longNameCharsMax: 200, // of an installation, a tenant, an operation, a schema
  shownNameCharsMax: 300, // what a third party calls a thing, a space or a person
  idCharsMax: 500, // of a thing of a third party
  lineCharsMax: 500, // one message, reason, note or summary
  linesMax: 20, // of reasons, of ways out, of effects
  leakCharsMax: 700, // what breaks the flow, as the card shows it
  policiesNamedMax: 50, // in one verdict
  signersMax: 20, // of one execution
  alarmCharsMax: 2000,
  alarmAboutCharsMax: 1200, // also of a thing that an approver owns
  ownedMax: 100, // things that one approver owns
  signatureCharsMax: 200, // in base64url
  urlCharsMax: 8192,
  requestTextBytesMax: 64 * 1024,
  // binding and flow
  outsidersMax: 20, // told apart in one audience; with more, none of them counts as named
  namesOfOneMax: 8,
  bindsMax: 30,
  scopeOperationsMax: 300,
  wordsTextsMax: 200, // texts of the user in one run
  seenObjectsMax: 5000, // of one read: what is beyond cannot be bound through it
  seenFieldsMax: 5000,
  referencesMax: 5000,
  madeMax: 100,
  findingsInStatementMax: 20,
  egressFindingsMax: 20,
  egressEarlierWritesMax: 20, // of a run: joined to find a secret that was cut up
  // deciding
  policyTextBytesMax: 1024 * 1024,
  policyNestingMax: 48,
  policyDepthMax: 100, // evaluating about 360 levels overflows Cedar's stack for good (measured with 4.13.0)
  policiesMax: 1000,
  policyCheckMs: 30_000,
  policyReloadPollMs: 1000,
  // doors
  httpBodyBytesMax: 512 * 1024,
  httpHeaderBytesMax: 16 * 1024,
  httpRequestMs: 60_000,
  statusWaitMs: 25_000,
  toolListsMax: 200,
  targetsTriedMax: 5,
  statusPollMs: 100,
  allowedOutcomeWaitMs: 10_000,
  mcpSessionsMax: 1000,
  mcpSessionIdleMs: 30 * 60_000,
  runIdleMs: 60 * 60_000,
  runTtlMs: 24 * 60 * 60_000,
  proposalsOpenPerRunMax: 200,
  tokenTtlMs: 90 * 24 * 60 * 60_000,
  tokenTtlMaxMs: 366 * 24 * 60 * 60_000,
  tokenCacheMs: 1000, // a revoked token is refused at the latest so much later
  tokenCacheMax: 10_000,
  plainRunsMax: 10_000,
  callIdCharsMax: 200,
  callsInFlightPerTokenMax: 128,
  httpHeaderMs: 10_000,
  httpConnectionsMax: 4096,
  httpDrainMs: 2000,
  mcpSessionsPerTokenMax: 64,
  mcpSubscriptionsMax: 64,
  answerLineCharsMax: 600,
  bridgeProbeMs: 5000,
  hookTellMs: 5000,
  // wire between processes
  wireMessageBytesMax: 16 * 1024 * 1024,
  wireCallMs: 60_000,
  wireConnectMs: 2000,
  requestFreshMs: 60_000, // a hand refuses a request that a door signed longer ago
  // hands
  thirdPartyCallMs: 30_000,
  thirdPartyResultBytesMax: 4 * 1024 * 1024,
  executorPollMs: 200,
  executorRetryMs: 2000,
  executorRetryMaxMs: 60_000,
  executorParallelPerSystemMax: 4,
  checkMs: 60_000,
  recordRetryMs: 1000,
  recordTriesMax: 30,
  performMs: 120_000,
  reconcileAbsentMs: 180_000, // more than performMs: a call that timed out here may still arrive there
  sweepEveryMs: 5000,
  sweepMax: 1000,
  recoverMax: 100_000,
  executorParallelMax: 16,
  // people
  proposalTtlMs: 24 * 60 * 60_000,
  signatureTtlMs: 15 * 60_000,
  clockSkewMs: 60_000,
  scryptLogN: 15,
  scryptLogNMax: 20,
  passphraseCharsMin: 8,
  approverFileBytesMax: 16 * 1024,
  proposalsListedMax: 500,
  cardColumns: 78,
  cardMarksPerLetterMax: 4,
  cardIndentMax: 10,
  // book
  commitBatchMax: 512,
  batchStepsMax: 16, // one signature covers at most 2^16 statements
  storeCheckpointPages: 8000, // of 4096 bytes: how far the journal grows before it goes into the file
  storeLargeTextChars: 2048, // from here on a text is larger than a page would gain: it goes into the file beside the store
  storeTextsBufferBytes: 1024 * 1024,
  storeBusyRetryMs: 1,
  storeBusyGiveUpMs: 15_000,
  sealEveryMs: 250,
  sealBatchMax: 4096,
  logEntryBytesMax: 65_535, // C2SP tlog-tiles: the length of an entry has two bytes
  logEntriesMax: 2 ** 48,
  logFileBytesMax: 17 * 1024 * 1024, // a bundle of 256 entries of the largest size
  noteCharsMax: 128 * 1024,
  noteSignaturesMax: 64,
  alarmsPerSealMax: 16,
  alarmAgainMs: 3_600_000, // the same alarm about the same thing is said once in this time
  alarmsRememberedMax: 10_000, // alarms whose time is kept for that; with more, the oldest may be said again
  verifyProblemsMax: 100,
  logShowEntries: 50,
  logShowEntriesMax: 100_000,
  // github
  githubPathCharsMax: 255,
  githubBranchCharsMax: 200,
  githubQueryCharsMax: 256, // GitHub's own bound of a search query
  githubTitleCharsMax: 256,
  githubBodyCharsMax: 60_000, // GitHub takes 65,536; the marker needs room
  githubFilesPerCommitMax: 50,
  githubItemsPerPage: 30,
  githubPageMax: 100,
  githubFindPagesMax: 10, // of 100 items: how far a look for a marker goes back
  githubPatchCharsMax: 20_000,
  githubPrepareMs: 50_000, // a commit whose blobs and tree take longer is given up before the branch moves
  quotedCharsMax: 200,
  effectLinesMax: 20,
  effectLineCharsMax: 500,
  // upstream MCP servers
  mcpToolsMax: 1000,
  mcpToolListBytesMax: 4 * 1024 * 1024,
  mcpStartMs: 20_000,
  mcpListPagesMax: 64,
  mcpReconnectWaitMs: 2000, // a call waits this long for the next attempt to start a server that stopped; beyond it, it is refused
  mcpStopMs: 1000,
  mcpStderrBytesMax: 16 * 1024,
  mcpLineBytesMax: 4 * 1024 * 1024 + 64 * 1024, // one message: the largest result or tool list, and its envelope
  catalogueFileBytesMax: 16 * 1024 * 1024,
  mcpDiffLinesMax: 40,
  mcpAlarmsMax: 100, // of one hand of one system, in its life: the last one says that more were left out
  mcpDescriptionCharsMax: 1000,
  mcpProposedCharsMax: 400, // of a server's own description, until a reviewer has written another
  mcpServerNameCharsMax: 500,
  mcpServerVersionCharsMax: 200,
  mcpFlagsMax: 20,
  mcpScannedCharsMax: 16 * 1024, // of one text of a server: a longer one is flagged
  targetRefCharsMax: 300,
  // JSON Schemas of other people
  schemaBytesMax: 128 * 1024,
  schemaNodesMax: 10_000, // with every reference written out
  schemaPatternCharsMax: 256,
  schemaPatternChoicesMax: 16,
  argumentNameCharsMax: 256,
  uniqueItemsMax: 1000,
  ...hooksLimits, // webhooks, their door, and the linking of accounts
  // third-party content
  contentCharsMax: 1024 * 1024, // one text; a longer one is withheld
  contentJsonCharsMax: 4 * 1024 * 1024, // all strings of one JSON value together
  contentStepsPerChar: 64, // work, counted: a text that costs more is hostile and withheld
  contentStepsFloor: 4096,
  contentPartsMax: 20_000, // hidden segments, links and images of one item
  contentNodesMax: 200_000, // values and keys of one JSON value
  contentMarksPerLetterMax: 4,
  contentAltCharsMax: 200,
  contentDecodedBlocksMax: 20,
  contentUnfoldMax: 3, // JSON in a text in JSON in a text
  contentDecodedDepthMax: 2,
  contentDecodedCharsMax: 16 * 1024,
  // what leaves inside of a write
  egressCharsMax: 2 * 1024 * 1024, // all strings of one write and of those before it
  egressStepsPerChar: 128, // work, counted: a write that costs more is hostile, and is reported as such
  egressStepsFloor: 64 * 1024,
  egressPiecesMax: 50_000, // strings, numbers and names in one write
  egressDecodedDepthMax: 3, // encodings inside of each other
  egressDecodedRunMin: 6, // shorter printable runs of decoded bytes are chance
  egressEdgeCharsMax: 1024, // how much of each end of a string can be part of a secret split over strings
  egressGuardedCharsMin: 12, // so many characters of a guarded value may not leave
  egressPartCharsMin: 16, // behind the beginning of a known format: so much of a key is still most of it
  egressUrlCharsMax: 2000, // a longer one is a finding by itself
  egressHostCharsMax: 100,
  egressWhereCharsMax: 120,
  fingerprintsMax: 4096, // of one text: about 14,000 words without sampling
  overlapShingleWords: 12,
  overlapWindow: 6, // 12 + 2 * 6 - 1 = 23 copied words share at least two prints
  overlapGapWords: 64, // prints of one copied run are at most so far apart
  codePathCharsMax: 4096,
  contentFindingsMax: 200, // kinds of things found in one item
  contentSplitCharsMax: 256 * 1024, // texts of one item that are also read as one, for what is split over them
  contentSentenceCharsMax: 400, // what a classifier is given at once
  // slack
  slackTextCharsMax: 4000, // Slack advises it for `text`; beyond 40,000 it cuts
  slackPageRowsMax: 200,
  slackListPageRows: 500,
  slackListPagesMax: 40,
  slackFindPagesMax: 20,
  slackSearchHitsMax: 20, // the most that one call of assistant.search.context gives
  slackGroupPeopleMax: 20, // looked up one by one
  slackDirectoryPagesMax: 2, // of slackListPageRows people: in a larger workspace nobody is known by a real name, nor who is a guest
  slackAuthorsKeptMax: 5000,
  slackPinFreshMs: 60 * 60_000,
  slackFieldCharsMax: 40_000,
  // supervisor
  stopMs: 10_000,
  startTriesMax: 3,
  restartBackoffMs: 250,
  restartBackoffMaxMs: 15_000,
  restartStableMs: 5000, // a process that was up for so long begins again as if it had never failed
} as const;
