import { X509Certificate } from 'node:crypto';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { publicJwkShape } from '../inbound/key-set.ts';
import type { PublicJwk } from '../inbound/key-set.ts';
import { limits } from '../limits.ts';

/*
 * The certificate with whose key Amazon SNS signs. It comes from Amazon's own host over TLS, which is what says whose it is;
 * what is looked at here is that it is for SNS in this region, that its time is now, and that what stands behind it holds
 * together. Amazon's document has the certificate alone: who issued it is not checked, nor whether it was withdrawn.
 */

const bad = (why: string): Refusal => refuse('bad-keys', `the certificate ${why}`);

/** The names under which Amazon's certificates for signing are made out, as its own SDK for Java expects them by region. */
function namesFor(url: string): readonly string[] {
  const match = /^https:\/\/sns\.([a-z0-9-]{1,32})\.(amazonaws\.com(?:\.cn)?)\//.exec(url);
  if (match === null) return [];
  const [, region = '', domain = ''] = match;
  const common = [`sns.${domain}`, `sns-signing.${region}.${domain}`, `sns-${region}.${domain}`];
  return region.startsWith('us-gov-') ? [...common, `sns-us-gov-west-1.${domain}`] : common;
}

/** The certificates of a document in PEM, and nothing else in it; null if something else is. */
function certificatesIn(text: string): readonly X509Certificate[] | null {
  const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,16384}?-----END CERTIFICATE-----/g;
  const blocks = text.match(block) ?? [];
  if (blocks.length === 0 || blocks.length > limits.hooksCertificatesMax || text.replaceAll(block, '').trim() !== '') return null;
  try {
    return blocks.map((pem) => new X509Certificate(pem));
  } catch {
    return null;
  }
}

const isNow = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean =>
  validFromDate.getTime() <= nowMs && nowMs < validToDate.getTime();

/** Whether each certificate was issued by the next one, which may issue some. */
function holdsTogether(chain: readonly X509Certificate[]): boolean {
  return chain.every((one, i) => {
    const issuer = chain[i + 1];
    return issuer === undefined || (issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey));
  });
}

/**
 * The key of a certificate of SNS, good for as long as the certificate is. Its `kid` is made of the certificate's
 * fingerprint: messages name none.
 * @param url the address that it comes from: region and domain of the name that it must bear.
 */
export function certificateKey(text: string, url: string, nowMs: number): Result<readonly PublicJwk[]> {
  const chain = certificatesIn(text);
  const [leaf] = chain ?? [];
  if (chain === null || leaf === undefined) return bad('is none in PEM, or is not alone');
  if (!namesFor(url).some((name) => leaf.checkHost(name, { wildcards: false }) !== undefined))
    return bad('is not made out for SNS in this region');
  if (leaf.ca || leaf.checkIssued(leaf)) return bad('is one that issues others, or was issued by itself');
  if (!chain.every((one) => isNow(one, nowMs))) return bad('is not valid at this time, or one behind it is not');
  if (!holdsTogether(chain)) return bad('was not issued by the one behind it');
  const { kty, n, e } = leaf.publicKey.export({ format: 'jwk' });
  const kid = `sns-${leaf.fingerprint256.replaceAll(':', '').slice(0, 16).toLowerCase()}`;
  const [nbf, exp] = [leaf.validFromDate, leaf.validToDate].map((time) => Math.floor(time.getTime() / 1000));
  const jwk = publicJwkShape.safeParse({ kty, use: 'sig', alg: 'RS256', kid, n, e, nbf, exp });
  return jwk.success ? ok([jwk.data]) : bad('has no RSA key of the usual exponent');
}
