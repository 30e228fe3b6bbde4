import { generateKeyPairSync, sign } from 'node:crypto';
import { EventEmitter } from 'node:events';
import https from 'node:https';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The package has no types. */
const MessageValidator = require('sns-validator') as new () => { validate(message: string, done: (error: Error | null) => void): void };

/*
 * `sns-validator` fetches the certificate of a message over the network. Here it gets our own public key instead, so that
 * what else it checks can be seen.
 */

const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = key.publicKey.export({ format: 'pem', type: 'spki' });
const topic = 'arn:aws:sns:eu-central-1:123456789012:one';

/** A signed notification. */
function notification(change: Readonly<Record<string, string>> = {}): string {
  const fields: Record<string, string> = {
    Message: 'hi',
    MessageId: 'm-1',
    Timestamp: '2026-09-21T12:53:20.000Z',
    TopicArn: topic,
    Type: 'Notification',
    ...change,
  };
  const signed = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'].map((name) => `${name}\n${fields[name]}\n`).join('');
  const Signature = sign('sha256', Buffer.from(signed), key.privateKey).toString('base64');
  return JSON.stringify({ ...fields, Signature, SignatureVersion: '2', SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/key.pem' });
}

const validates = (message: string): Promise<boolean> =>
  new Promise((resolve) => new MessageValidator().validate(message, (error: Error | null) => resolve(error === null)));

/** What `sns-validator` says, by the code of a row; and how many of the honest and the forged it told apart. */
export async function snsOutcomes(): Promise<Readonly<Record<string, 'accepted' | 'refused'>>> {
  const get = https.get;
  Object.assign(https, {
    get: (_url: string, answer: (response: EventEmitter & { statusCode: number }) => void) => {
      const response = Object.assign(new EventEmitter(), { statusCode: 200 });
      answer(response);
      response.emit('data', pem);
      response.emit('end');
      return new EventEmitter();
    },
  });
  try {
    const forged = notification().replace('"hi"', '"ho"');
    if (!(await validates(notification())) || (await validates(forged))) throw new Error('sns-validator cannot tell a forged message');
    const says = async (message: string) => ((await validates(message)) ? 'accepted' : 'refused');
    return {
      R1: await says(notification()),
      E3: await says(notification({ TopicArn: topic.replace(':one', ':two') })),
    };
  } finally {
    Object.assign(https, { get });
  }
}
