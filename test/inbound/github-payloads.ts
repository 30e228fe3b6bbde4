import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** One real payload of GitHub and the event that it was sent as. */
export interface Payload {
  readonly event: string;
  /** Its JSON, written as GitHub writes it: without spaces. */
  readonly body: string;
  readonly content: Readonly<Record<string, unknown>>;
}

interface Examples {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const payloadsOf = (examples: readonly Examples[]): readonly Payload[] =>
  examples.flatMap(({ name, examples }) => examples.map((content) => ({ event: name, body: JSON.stringify(content), content })));

/** What github.com has sent, as Octokit publishes it. */
export const payloads: readonly Payload[] = payloadsOf(require('@octokit/webhooks-examples') as readonly Examples[]);

/** What older GitHub Enterprise Servers have sent. */
export const serverPayloads: readonly Payload[] = ['31', '32', '33', '34', '35'].flatMap((version) =>
  payloadsOf(require(`@octokit/webhooks-examples/ghes-${version}/index.json`) as readonly Examples[]),
);
