import type { Proof, WebhookProvider } from '../../connectors/webhook.ts';

// Not as `FromCity` goes on behind `From`: a place could be read as the sender whose name another text has taken in.
const number = /^(?:\+[1-9]\d{1,14}|\d{1,8}|[a-z]+:[\x21-\x7e]{1,200}|(?!City|Country|Name|State|Zip)[A-Za-z0-9 ]{1,11})$/;
const text = /^[\s\S]{0,4096}$/;
const word = /^[A-Za-z0-9_.:-]{0,64}$/;
const digits = /^\d{0,5}$/;
const yes = /^(?:true|false)$/;
const degrees = /^-?\d{1,3}(?:\.\d{1,20})?$/;
const messageSid = /^[SM]M[0-9a-f]{32}$/;
const callStatus = /^(?:queued|ringing|in-progress|completed|busy|failed|no-answer|canceled|initiated|answered)$/;

const free = [
  'AddOns',
  'Address',
  'ButtonPayload',
  'ButtonText',
  'ChannelMetadata',
  'ChannelStatusMessage',
  'ChannelToAddress',
  'ErrorMessage',
  'Label',
  'RecordingUrl',
  ...['Body', 'Headline', 'SourceUrl', 'MediaUrl', 'MediaContentType', 'CtwaClid'].map((name) => `Referral${name}`),
  ...['Domain', 'Username', 'CallId', 'SourceIp'].map((name) => `Sip${name}`),
  'StirPassportToken',
  'Body',
  'CallerCity',
  'CallerName',
  'CallerState',
  'FromCity',
  'FromState',
  'ProfileName',
  'SpeechResult',
  'ToCity',
  'ToState',
];
const short = ['ApiVersion', 'CallerCountry', 'CallerZip', 'CalledCountry', 'CalledZip', 'FromCountry', 'FromZip'];
const media = Array.from({ length: 10 }, (_, n) => [`MediaUrl${n}`, `MediaContentType${n}`]).flat();

/**
 * The parameters that Twilio sends (twilio.com/docs: "Twilio's request to your incoming message webhook URL", "TwiML for
 * Programmable Voice" with Gather and Dial; `call_token` of a call's API). It signs names and values without anything between them, so `Digits=1234` and
 * `Digits1=234` have one signature: only these names are taken, and what identifies a message must look as it does.
 * Between two neighbouring free texts a boundary can still be moved: nothing may be decided on their exact extent.
 */
const names: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries([...free, ...media, 'CalledCity', 'CalledState'].map((name) => [name, text])),
  ...Object.fromEntries(
    [
      ...short,
      'ToCountry',
      'ToZip',
      'WaId',
      'MessageType',
      'OptOutType',
      'ChannelPrefix',
      'StirVerstat',
      'RecordingSid',
      'ApplicationSid',
      'RawDlrDoneDate',
      'ErrorCode',
      'ChannelInstallSid',
      'ChannelStatusCode',
      'EventType',
      'Language',
      'ReferralMediaId',
      'ReferralSourceId',
      'ReferralSourceType',
      'SipDomainSid',
    ].map((name) => [name, word]),
  ),
  AccountSid: /^AC[0-9a-f]{32}$/,
  CallSid: /^CA[0-9A-Za-z]{8,32}$/,
  ParentCallSid: /^CA[0-9a-f]{32}$/,
  DialCallSid: /^CA[0-9a-f]{32}$/,
  MessageSid: messageSid,
  SmsMessageSid: messageSid,
  SmsSid: messageSid,
  OriginalRepliedMessageSid: messageSid,
  MessagingServiceSid: /^MG[0-9a-f]{32}$/,
  Called: number,
  ForwardedFrom: number,
  Caller: number,
  From: number,
  To: number,
  OriginalRepliedMessageSender: number,
  CallStatus: callStatus,
  DialCallStatus: callStatus,
  MessageStatus: /^(?:accepted|scheduled|queued|sending|sent|delivered|undelivered|receiving|received|failed|read|canceled)$/,
  SmsStatus: /^(?:accepted|scheduled|queued|sending|sent|delivered|undelivered|receiving|received|failed|read|canceled)$/,
  Direction: /^(?:inbound|outbound-api|outbound-dial|outbound-reply|outbound-call)$/,
  Digits: /^[0-9*#A-D]{0,32}$/,
  FinishedOnKey: /^[0-9*#]?$/,
  Confidence: /^[01](?:\.\d{1,20})?$/,
  Latitude: degrees,
  Longitude: degrees,
  Forwarded: yes, // any word, and `ForwardedFrom` could be read as one
  FrequentlyForwarded: yes,
  DialBridged: yes,
  // Of every incoming call: with it, a call can be made that bears this caller's number. No plus sign: it takes in no number behind it.
  CallToken: /^[\x20-\x2a\x2c-\x7e]{0,8192}$/,
  NumMedia: digits,
  NumSegments: digits,
  CallDuration: digits,
  DialCallDuration: digits,
  Duration: digits,
  SipResponseCode: digits,
  RecordingDuration: digits,
  SequenceNumber: digits,
  ReferralNumMedia: digits,
  CallbackSource: word,
  Timestamp: /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/,
};

const proof: Proof = {
  kind: 'signed',
  signature: { name: 'x-twilio-signature', layout: { kind: 'one', prefix: '', algorithm: 'hmac-sha1' }, encoding: 'base64' },
  time: null,
  id: null,
  parts: { form: ['url', 'sorted-form'], json: ['url'] },
  bodyHashQuery: 'bodySHA256',
};

/** Twilio: HMAC-SHA1 of the address and the sorted parameters, or of the address with the digest of a JSON body in it. */
export const twilio: WebhookProvider = {
  id: 'twilio',
  proof,
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: {
    kind: 'shapes',
    header: null,
    common: ['From', 'To'],
    shapes: { message: { has: ['MessageSid', 'From', 'To'] }, call: { has: ['CallSid', 'From', 'To'] } },
  },
  binds: { account: { at: [{ in: 'body', path: 'AccountSid' }], needed: false } },
  handshake: null,
  omits: ['CallToken'],
  form: { jsonIn: null, names, needed: ['From', 'To'] },
  twins: {},
  bodyBytesMax: 256 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 32 }],
};
