import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../action/parse-json.ts';
import { CountersignError } from '../errors.ts';

/** The key of a service account (Google Cloud, "Service account keys"), as far as it is used. */
export interface ServiceAccount {
  readonly email: string;
  readonly keyId: string;
  readonly key: KeyObject;
}

// `token_uri` stands there too and is not used: where the assertion goes to is for the configuration to say.
const keyShape = z.object({
  type: z.literal('service_account'),
  client_email: z.email().max(300),
  private_key_id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
  private_key: z.string().max(20_000),
});

const bad = (): CountersignError =>
  new CountersignError('bad-credential', 'this is not the key of a service account: give the JSON document that Google made for it');

function read(text: string): z.infer<typeof keyShape> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw bad();
  }
  const parsed = keyShape.safeParse(value);
  if (!parsed.success) throw bad();
  return parsed.data;
}

/** What is secret in the document: the key, without its frame and its line ends. @throws CountersignError `bad-credential` */
export function secretOfServiceAccount(text: string): string {
  return read(text).private_key.replaceAll(/-----[A-Z ]+-----|\s/g, '');
}

/**
 * Parses the document. No message repeats anything of it.
 * @throws CountersignError `bad-credential`
 */
export function openServiceAccount(text: string): ServiceAccount {
  const { client_email: email, private_key_id: keyId, private_key: pem } = read(text);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw bad();
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) throw bad();
  return { email, keyId, key };
}
