import type { WebhookProvider } from '../../connectors/webhook.ts';

/** What Salesforce takes for an acknowledgement (the WSDL's `notificationsResponse`): anything else is sent again for a day. */
const acknowledged =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>' +
  '</soapenv:Body></soapenv:Envelope>';

/**
 * Salesforce's outbound messages: SOAP without a signature. What there is of proof: Salesforce's client certificate or
 * addresses, which every customer of Salesforce's shares, so they say that Salesforce sent it and not who made it send; a token
 * in the address that only the organisation's administrators know; and the organisation that the body names, which must be
 * the expected one (18 characters, as messages write it). So it is a hint, and the record is read again with our own credential.
 * A notification has one id over all retries, however Salesforce batches them.
 */
export const salesforceOutbound: WebhookProvider = {
  id: 'salesforce-outbound',
  proof: { kind: 'query-token', parameter: 'token', accepts: ['xml'] },
  freshness: { kind: 'none' },
  messageIds: [],
  event: { kind: 'items', list: 'Notification', field: 'sObject.type', idField: 'Id' },
  binds: { organization: { at: [{ in: 'body', path: 'OrganizationId' }], needed: true, pinned: true } },
  handshake: null,
  form: null,
  twins: {},
  acceptedAnswer: { status: 200, contentType: 'text/xml; charset=utf-8', body: acknowledged },
  sourceNeeded: true,
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'token', form: 'text', bytesMin: 16 }],
};
