/**
 * Every bound of the product, in one table, with its unit in the name.
 * A bound that is hit is a typed refusal, never a silent cut.
 */
export const limits = {
  // canonical bytes
  jsonDepthMax: 64,
  // action and statements
  argumentsBytesMax: 256 * 1024,
  statementBytesMax: 60_000, // a log entry may have 65,535 bytes (C2SP tlog-tiles)
  sourcesPerRunMax: 1000,
  sourcesOnCardMax: 30,
  nameCharsMax: 128,
  requestTextBytesMax: 64 * 1024,
  // deciding
  policyTextBytesMax: 1024 * 1024,
  policyNestingMax: 48,
  policiesMax: 1000,
  policyCheckMs: 10_000,
  policyReloadPollMs: 1000,
  // doors
  httpBodyBytesMax: 4 * 1024 * 1024,
  httpHeaderBytesMax: 16 * 1024,
  httpRequestMs: 60_000,
  statusWaitMs: 25_000,
  allowedOutcomeWaitMs: 10_000,
  mcpSessionsMax: 1000,
  mcpSessionIdleMs: 30 * 60_000,
  runIdleMs: 60 * 60_000,
  runTtlMs: 24 * 60 * 60_000,
  proposalsOpenPerRunMax: 200,
  tokenTtlMs: 90 * 24 * 60 * 60_000,
  // wire between processes
  wireMessageBytesMax: 16 * 1024 * 1024,
  wireCallMs: 60_000,
  wireConnectMs: 2000,
  requestFreshMs: 60_000, // a hand refuses a request that a door signed longer ago
  // hands
  thirdPartyCallMs: 30_000,
  thirdPartyResultBytesMax: 4 * 1024 * 1024,
  executorPollMs: 200,
  executorParallelMax: 16,
  // people
  proposalTtlMs: 24 * 60 * 60_000,
  signatureTtlMs: 15 * 60_000,
  scryptLogN: 15,
  // book
  commitBatchMax: 512,
  storeBusyRetryMs: 1,
  storeBusyGiveUpMs: 15_000,
  sealEveryMs: 250,
  sealBatchMax: 4096,
  // upstream MCP servers
  mcpToolsMax: 1000,
  mcpToolListBytesMax: 4 * 1024 * 1024,
  mcpStartMs: 20_000,
  // supervisor
  readyMs: 30_000,
  stopMs: 10_000,
  restartBackoffMs: 250,
  restartBackoffMaxMs: 15_000,
} as const;
