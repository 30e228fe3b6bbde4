/** The bounds of what comes in from outside: webhooks, their door, and the linking of accounts. A part of `limits`, and read only there. */
export const hooksLimits = {
  // webhooks
  webhookBodyBytesMax: 25 * 1024 * 1024, // GitHub's own bound; every provider has a smaller or equal one
  webhookHeaderCharsMax: 8 * 1024,
  webhookSignaturesMax: 16, // in one header: more are refused before anything is hashed
  webhookPublicSignaturesMax: 4, // of them, that a public key verifies: while keys rotate a sender makes two
  webhookSecretsMax: 16, // of one endpoint: Microsoft publishes about eight keys at a time, and two more secrets go with them
  webhookSecretBytesMin: 16,
  webhookSecretCharsMax: 16 * 1024,
  webhookNamesMax: 200_000, // names of objects in one body
  webhookListedMax: 500_000, // items of all lists in one body: each costs more than its bytes wherever the body is looked at
  webhookFormNamesMax: 1000,
  webhookItemsMax: 10_000, // events in one delivery
  webhookValueCharsMax: 300, // of an id, an event's or a tenant's name
  webhookChallengeCharsMax: 500,
  webhookResignedMs: 300_000, // how far a time may be off that is signed for each attempt
  webhookIdenticalMs: 36 * 60 * 60_000, // and one that retries repeat: senders retry for a day
  webhookRetriedMs: 4 * 24 * 60 * 60_000, // a replay row with a message id: Stripe signs attempts anew for three days
  webhookKeepMs: 90 * 24 * 60 * 60_000, // a replay row where no time is signed
  webhookBearerMs: 65 * 60_000, // the longest life of a sender's token
  webhookRichTokenMs: 25 * 60 * 60_000, // the longest life of a token of Graph's publisher: those that it shows live eight hours
  webhookRichItemsMax: 200, // items in one delivery that each cost an operation with a private key
  webhookXmlDepthMax: 8, // an outbound message has six levels
  webhookXmlElementsMax: 20_000, // of one document: a hundred records of two hundred fields
  webhookXmlAttributesMax: 16, // of one element
  webhookNotificationsMax: 100, // in one outbound message: Salesforce's own bound
  // the hooks door
  hooksHeaderMs: 5000, // until a request's head is there
  hooksRequestMs: 20_000, // until all of it is: 25 MB at 10 Mbit/s
  hooksInFlightMax: 1024, // deliveries at work, proved or not
  hooksInFlightPerSourceMax: 64, // of one address, or network of IPv6, that the network vouches for
  hooksOwnBytes: 64 * 1024, // of each body that is not yet proved: always granted, to all of them together 64 MB
  hooksPieceBytes: 512, // what holding one piece of a body takes beside its bytes (about 360 measured with Node 24)
  hooksSharedBytesMax: 256 * 1024 * 1024, // of all that is beyond
  hooksSharedPerSourceBytesMax: 128 * 1024 * 1024,
  hooksConnectionsMax: 8192,
  hooksConnectionsPerPeerMax: 512, // of one address that is no listed proxy
  hooksHeadersMax: 100, // of one request: with so many it is refused
  hooksRetryAfterS: 5,
  hooksRefusalsFlushMs: 5000, // refusals are counted so long, and then written down as one
  hooksRefusalKindsMax: 500, // of endpoint and reason, between two flushes
  hooksRefusedDigestBytesMax: 64 * 1024,
  hooksRangesMax: 10_000, // address ranges of one sender
  hooksRangesFileBytesMax: 4 * 1024 * 1024,
  hooksRangesPollMs: 10_000,
  hooksProxiesMax: 100,
  hooksSecretsPollMs: 1000, // a secret that was added or ended counts at the latest so much later
  hooksRotationFileBytesMax: 64 * 1024,
  hooksRotationsKept: 30, // secrets of one endpoint that a rotation made, those that are over included
  hooksClientsMax: 100, // of one endpoint: clients whose installations brought a secret
  hooksClientSecretsMax: 4, // of one client: the newest, the one that it replaces, and two whose installation was broken off
  hooksClientSecretCharsMax: 1024,
  hooksClientOverlapMs: 65 * 60_000, // the replaced secret stays good so long: no token that it has signed lives longer
  hooksInstalledFileBytesMax: 1024 * 1024,
  hooksInstallsMax: 10, // endpoints for which one endpoint keeps secrets
  hooksJudgeBytesMax: 8 * 1024 * 1024, // the body of a captured delivery
  publishedFetchMs: 20_000, // one look at what a sender publishes, or one step of setting up that a person asked for
  hooksKeysMax: 14, // public keys in one file: with the two secrets that go with Microsoft's, as many as an endpoint may have
  hooksKeysFileBytesMax: 64 * 1024,
  hooksKeysPublishedMax: 64, // in a sender's own document: those that sign nothing for us are left out
  hooksKeysDocumentBytesMax: 512 * 1024,
  hooksKeyBitsMin: 2048, // of RSA
  hooksKeyBitsMax: 8192, // a larger one makes every look at a signature dear
  hooksCertificatesMax: 5, // in one document: the one that signs, and those above it
  hooksConfirmReplyBytesMax: 16 * 1024,
  hooksRangeBitsMin4: 8, // a range that is wider than this is no range of one sender
  hooksRangeBitsMin6: 19,
  recoveredMax: 300, // deliveries that one look at a sender may bring back
  reconcilePagesMax: 20, // of 100 deliveries each: how far one look goes back; and the pages of a list of changes in one look
  changesPerPage: 200, // asked for where a provider lets us say it
  changesPageMax: 1000, // in one page, whatever was asked for
  changesMax: 2000, // that one look brings back: two pages of the largest size
  changeCursorCharsMax: 8192,
  changeLinkCharsMax: 16 * 1024, // an address in a reply, from which only its token is taken
  reconcileSinceMs: 3 * 24 * 60 * 60_000, // GitHub keeps the deliveries of a webhook for three days
  eventNamesMax: 50, // told of one delivery
  eventIdsDrawn: 256, // at once
  eventsListedMax: 500,
  eventTakeMax: 20, // given to a consumer at once
  eventLeaseMs: 60_000,
  eventMessagesKeptMax: 200, // made for an attempt that failed, for the next one
  eventTriesMax: 12, // then it is dead, and a person can let it wait again
  eventLeasesMax: 100, // of one event in one place of the queue: more than tries, so that place and lease make one number
  eventBackoffMs: 5000, // doubled for each try
  eventBackoffMaxMs: 6 * 60 * 60_000,
  eventPostMs: 15_000,
  eventPollMs: 500,
  claimsForgottenMax: 10_000, // at once
  claimsForgetEveryMs: 60_000,
  // linking of accounts
  accountAttemptMs: 10 * 60_000, // from the first command to the confirmation
  accountAttemptsMax: 100, // at once
  accountScopesMax: 50,
  accountScopeCharsMax: 128,
  accountQueryCharsMax: 8 * 1024, // of one request
  accountCodeCharsMax: 4096,
  accountFormBytesMax: 1024,
  accountFormMs: 5000,
  accountCallMs: 10_000, // one call of an issuer: all that one message needs together fit into wireCallMs
  accountReplyBytesMax: 256 * 1024,
  accountTokenCharsMax: 16 * 1024,
  accountNameCharsMax: 300,
  accountTokensKeptMax: 1000, // tokens that are not used, and not revoked yet
  accountTokenFileBytesMax: 1024 * 1024, // one of them with what is known of it: a reply, as JSON
  accountRevokeAgainMs: 60_000, // until the first new try; each wait is twice the one before
  accountRevokeAgainMsMax: 3_600_000,
} as const;
