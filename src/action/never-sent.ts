/** Failures of finding a host, of connecting, and of a TLS handshake: nothing of a request has been sent yet. */
const codes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const calls: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/** How far down the causes of an error are looked at: each library wraps it once. */
const causesMax = 5;

function provesIt(failure: object): boolean {
  // A host with several addresses: each of them has to have failed that way.
  if ('errors' in failure && Array.isArray(failure.errors) && failure.errors.length > 0)
    return failure.errors.every((one: unknown) => typeof one === 'object' && one !== null && provesIt(one));
  return ('syscall' in failure && calls.has(failure.syscall)) || ('code' in failure && codes.has(failure.code));
}

/**
 * True if an error proves that nothing of the request has left this machine, so that doing it again does it once. A connection
 * that was reset, and a time that ran out, prove nothing: the request may have been read. What cannot be told is false.
 */
export function neverSent(error: unknown): boolean {
  let failure = error;
  for (let depth = 0; depth < causesMax && typeof failure === 'object' && failure !== null; depth++) {
    if (provesIt(failure)) return true;
    failure = 'cause' in failure ? failure.cause : null;
  }
  return false;
}
