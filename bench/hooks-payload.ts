import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The secret under which the load is signed. It guards nothing. */
export const benchSecret: string = 'kQ7wZr2LmX9vT4sB8nHdJ5yGcP3fAeUi';
/** The same as Standard Webhooks writes it. */
export const benchStandardSecret: string = `whsec_${Buffer.from(benchSecret).toString('base64')}`;
/** The path of the measured endpoint. */
export const benchPath: string = '/hooks/bench';

const mark = 'the text of this comment';

/** GitHub's own example of a comment of 10,544 bytes, cut where each delivery gets a text of its own. */
function example(): readonly [string, string] {
  const file = new URL('../node_modules/@octokit/webhooks-examples/api.github.com/index.json', import.meta.url);
  const all = JSON.parse(readFileSync(file, 'utf8')) as unknown as readonly {
    readonly name: string;
    readonly examples: readonly { readonly comment?: Record<string, unknown> }[];
  }[];
  const comments = all.find(({ name }) => name === 'issue_comment')?.examples ?? [];
  const found = comments.find((one) => JSON.stringify(one).length === 10_544);
  if (found?.comment === undefined) throw new Error('@octokit/webhooks-examples has no issue_comment of 10,544 bytes');
  const text = JSON.stringify({ ...found, comment: { ...found.comment, body: mark } });
  const [before = '', after = ''] = text.split(mark);
  return [before, after];
}

/** How a sender signs, and what it says besides. */
export type Scheme = 'github' | 'standard';

const mac = (encoding: 'hex' | 'base64', ...parts: readonly string[]): string => {
  const hmac = createHmac('sha256', benchSecret);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
};

/** Makes whole HTTP requests: the n-th is like no other, so that none is a duplicate. */
export function requestMaker(scheme: Scheme): (n: number) => Buffer {
  const [before, after] = example();
  const start = `POST ${benchPath} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nuser-agent: GitHub-Hookshot/bench\r\naccept: */*\r\n`;
  return (n) => {
    const id = n.toString(36).padStart(mark.length, '0');
    const body = before + id + after;
    const seconds = String(Math.floor(Date.now() / 1000));
    const signed =
      scheme === 'github'
        ? `x-github-event: issue_comment\r\nx-github-delivery: ${id}\r\nx-hub-signature-256: sha256=${mac('hex', body)}\r\n`
        : `webhook-id: ${id}\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: v1,${mac('base64', `${id}.${seconds}.`, body)}\r\n`;
    return Buffer.from(`${start}${signed}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
}
