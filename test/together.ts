/*
 * Tests of pure code: nothing of theirs outlives them, so one worker runs all of them, one after the other, and loads the
 * code that they share once. `test/together.test.ts` looks for what would be felt by the next file.
 */

/** Their files, relative to the root. */
export const together: readonly string[] = [
  'src/{action,content,decide,proof,propose}/*.test.ts',
  'src/connectors/slack/*.test.ts',
  'src/record/approvers.test.ts',
  'test/content/{egress,egress-links,evasion,injection,inspect,overlap,properties,runs-code,secrets}.test.ts',
  'test/inbound/{body,events,mutation,secrets,signatures,time,vectors}.test.ts',
  'test/connectors/{github-catalog,mcp-catalog,mcp-classify,mcp-named}.test.ts',
  'test/policy/{cells,hard,schema}.test.ts',
  'test/redteam/agentdojo-score.test.ts',
  'test/pins/*.test.ts',
  'redteam/corpus/*.test.ts',
];

/** What a test file says that leaves something behind, or that needs a process of its own. */
export const leavesSomething: RegExp =
  /\bvi\.|process\.(?:env|chdir|on|exit)\b|\bglobalThis\b|\.prototype\b|node:(?:child_process|worker_threads|http|net)|mkdtemp|\b(?:before|after)All\b/;
