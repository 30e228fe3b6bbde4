import { limits } from '../limits.ts';
import { parseForm } from './form.ts';

/*
 * The answer of an authorization server, as a browser brings it (RFC 6749 section 4.1.2, RFC 9207): a webhook that anybody
 * can send. Parsed strictly, judged before anything is asked of anybody.
 */

/** A callback that has the form of one. `iss` is null if it is not there. */
export type Callback =
  | { readonly is: 'code'; readonly state: string; readonly code: string; readonly iss: string | null }
  | { readonly is: 'error'; readonly state: string; readonly iss: string | null };

/** Names that belong to flows that are never asked for: whoever sends them mixes answers. */
const foreign = ['access_token', 'id_token', 'token', 'response'];

const stateText = /^[A-Za-z0-9_-]{43}$/;
const codeText = /^[\x20-\x7e]+$/; // RFC 6749 appendix A.11
const errorText = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/; // appendix A.7

/**
 * Reads the query of a callback. Null: it is none. Every name at most once, whatever it is; either a code or an error, never both;
 * names that nobody knows are left alone, as RFC 6749 says. What `error` and `error_description` say is read by nobody.
 */
export function readCallback(query: string): Callback | null {
  if (query.length > limits.accountQueryCharsMax) return null;
  const form = parseForm(query);
  if (!form.ok) return null;
  const { value } = form;
  const [state = '', code, error, iss = null] = ['state', 'code', 'error', 'iss'].map((name) => value.get(name));
  if (foreign.some((name) => value.has(name)) || !stateText.test(state) || (iss !== null && iss.length > 500)) return null;
  if ((code === undefined) === (error === undefined)) return null;
  if (error !== undefined) return errorText.test(error) ? { is: 'error', state, iss } : null;
  const good = code !== undefined && codeText.test(code) && code.length <= limits.accountCodeCharsMax;
  return good ? { is: 'code', state, code, iss } : null;
}

/** True if the answer comes from the issuer that was asked: compared as text (RFC 9207 section 2.4), and never left out where it must be there. */
export function rightIssuer(iss: string | null, expected: { readonly issuer: string; readonly issInResponse: boolean }): boolean {
  return iss === null ? !expected.issInResponse : iss === expected.issuer;
}
