import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import { nameOf, parseStrictXml } from './strict-xml.ts';
import type { XmlElement } from './strict-xml.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Salesforce's outbound message (SOAP API Developer Guide, "Understanding the Outbound Messaging WSDL"): an envelope around
 * `notifications`, whose parts stand in the order of the WSDL. Nothing else is read as one.
 */

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';
const outbound = 'http://soap.sforce.com/2005/09/outbound';
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
const objects = 'urn:sobject.enterprise.soap.sforce.com';

const id = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const identifier = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

const is = (element: XmlElement | undefined, namespace: string, local: string): element is XmlElement =>
  element !== undefined && element.namespace === namespace && element.local === local;

/** The attributes that a message knows, and no other: what an element is of, and whether it is empty on purpose. */
function typed(element: XmlElement): { readonly type: string | null; readonly nil: boolean } | null {
  let [type, nil]: [string | null, boolean] = [null, false];
  for (const { namespace, local, value } of element.attributes) {
    if (namespace !== schemaInstance) return null;
    if (local === 'type') type = value;
    else if (local === 'nil' && (value === 'true' || value === 'false')) nil = value === 'true';
    else return null;
  }
  return nil && (element.text !== '' || element.children.length > 0) ? null : { type, nil };
}

/** The text of an element that holds nothing else; null: it is empty on purpose; undefined: it is no such element. */
function textOf(element: XmlElement, only: 'untyped' | 'any'): string | null | undefined {
  const said = typed(element);
  if (said === null || element.children.length > 0 || (only === 'untyped' && said.type !== null)) return undefined;
  return said.nil ? null : element.text;
}

/** What a name with a prefix stands for, if that is a kind of object. */
function objectType(element: XmlElement): string | null {
  const type = typed(element);
  const name = type === null || type.nil || type.type === null ? null : nameOf(type.type, element.prefixes, false);
  return name !== null && name.namespace === objects && identifier.test(name.local) ? name.local : null;
}

/** One notification: its id, and the object with the fields that the administrator has chosen. */
function notificationOf(element: XmlElement): Step<Json> {
  const [own, object, more] = element.children;
  if (element.attributes.length > 0 || !is(own, outbound, 'Id') || !is(object, outbound, 'sObject') || more !== undefined)
    return stop('body-syntax');
  const [key, type] = [textOf(own, 'untyped'), objectType(object)];
  if (typeof key !== 'string' || !id.test(key)) return stop('message-id');
  if (type === null || object.text !== '') return stop('body-syntax');
  const fields = new Map<string, Json>();
  for (const field of object.children) {
    const text = textOf(field, 'any');
    if (field.namespace !== objects || !identifier.test(field.local) || text === undefined) return stop('body-syntax');
    if (fields.has(field.local)) return stop('body-duplicate-name');
    if (field.local === 'constructor' || field.local === 'prototype') return stop('body-prototype-name');
    fields.set(field.local, text);
  }
  return go({ Id: key, type, sObject: Object.fromEntries(fields) });
}

/**
 * What a message says, as JSON: `OrganizationId`, `ActionId`, and of each notification `Id`, `type` and `sObject`. The session
 * id in it is a credential and is left out, and so are the addresses that it is for: nobody here calls an address that came
 * with a message.
 */
export function readOutboundMessage(text: string): Step<Json> {
  const parsed = parseStrictXml(text);
  if (!parsed.ok) return parsed;
  const envelope = parsed.value;
  const [body, second] = envelope.children;
  if (!is(envelope, soap, 'Envelope') || envelope.attributes.length > 0 || !is(body, soap, 'Body') || second !== undefined)
    return stop('body-syntax');
  const [message, another] = body.children;
  if (!is(message, outbound, 'notifications') || another !== undefined || body.attributes.length + message.attributes.length > 0)
    return stop('body-syntax');
  const order = ['OrganizationId', 'ActionId', 'SessionId', 'EnterpriseUrl', 'PartnerUrl'];
  const texts: (string | null)[] = [];
  for (const [n, local] of order.entries()) {
    const part = message.children[n];
    const said = is(part, outbound, local) ? textOf(part, 'untyped') : undefined;
    if (said === undefined || (said === null && local !== 'SessionId')) return stop('body-syntax');
    texts.push(said);
  }
  const [organization = null, action = null] = texts;
  if (organization === null || !id.test(organization) || action === null || !id.test(action)) return stop('body-syntax');
  const rest = message.children.slice(order.length);
  if (rest.length === 0 || rest.length > limits.webhookOutboundMax) return stop('body-syntax');
  const notifications: Json[] = [];
  for (const element of rest) {
    const one = is(element, outbound, 'Notification') ? notificationOf(element) : stop('body-syntax');
    if (!one.ok) return one;
    notifications.push(one.value);
  }
  return go({ OrganizationId: organization, ActionId: action, Notification: notifications });
}
