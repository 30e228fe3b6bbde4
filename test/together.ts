/*
 * Tests of pure code, and of doors and pretend systems that each test closes itself: nothing of theirs outlives them, so a
 * worker runs many of them, one after the other, and loads the code that they share once. `test/together.test.ts` looks for what would be felt by the next file.
 */

/** Their files, relative to the root. */
export const together: readonly string[] = [
  'src/{action,content,decide,processes,proof,propose}/*.test.ts',
  'src/connectors/slack/*.test.ts',
  'src/record/approvers.test.ts',
  'test/content/{egress,egress-links,evasion,injection,inspect,overlap,properties,runs-code,secrets}.test.ts',
  'test/inbound/{body,events,mutation,secrets,signatures,time,vectors}.test.ts',
  'test/connectors/{github-catalog,github-labels,mcp-catalog,mcp-classify,mcp-named,mcp-poison,slack-faults,slack-labels}.test.ts',
  'test/policy/{cells,hard,schema}.test.ts',
  'test/redteam/agentdojo-score.test.ts',
  'test/gateway/{api,mcp-clients,tokens,words}.test.ts',
  'test/log/people.test.ts',
  'test/pins/*.test.ts',
  'redteam/corpus/*.test.ts',
];

/** What a test file says that leaves something behind, or that needs a process of its own. */
export const leavesSomething: RegExp =
  /\bvi\.|process\.(?:env|chdir|on|exit)\b|\bglobalThis\b|\.prototype\b|node:(?:child_process|worker_threads|http|net)|\b(?:before|after)All\b/;
