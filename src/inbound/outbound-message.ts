import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';
import { readXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

/*
 * Salesforce's outbound messages (SOAP API Developer Guide, "Outbound Messaging": the WSDL's `notifications`), as the only XML
 * that is taken at all.
 */

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';
const outbound = 'http://soap.sforce.com/2005/09/outbound';
const objects: readonly string[] = ['urn:sobject.enterprise.soap.sforce.com', 'urn:sobject.partner.soap.sforce.com'];
const idGrammar = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const fieldGrammar = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;
const ofPrototypes: readonly string[] = ['constructor', 'prototype'];

/** The one child of an element, of this name. */
function only(parent: XmlElement, namespace: string, name: string): XmlElement | null {
  const [child] = parent.children;
  return parent.children.length === 1 && child?.namespace === namespace && child.name === name ? child : null;
}

/** The record that a notification speaks of: its type, and its fields by name; a field without a value is null. */
function recordOf(element: XmlElement): Step<Json> {
  const { type } = element;
  if (type === null || !objects.includes(type.namespace) || !fieldGrammar.test(type.name) || element.nil) return stop('body-syntax');
  const fields = new Map<string, Json>();
  for (const field of element.children) {
    if (field.namespace !== type.namespace || field.children.length > 0) return stop('body-syntax');
    if (ofPrototypes.includes(field.name)) return stop('body-prototype-name');
    if (!fieldGrammar.test(field.name)) return stop('body-syntax');
    if (fields.has(field.name)) return stop('body-duplicate-name');
    fields.set(field.name, field.nil ? null : field.text);
  }
  return go({ type: type.name, fields: Object.fromEntries(fields) });
}

function notificationOf(element: XmlElement): Step<Json> {
  const [id, record, ...more] = element.children;
  const named = id?.name === 'Id' && record?.name === 'sObject' && id.namespace === outbound && record.namespace === outbound;
  if (!named || more.length > 0 || id.children.length > 0 || !idGrammar.test(id.text)) return stop('body-syntax');
  const read = recordOf(record);
  return read.ok ? go({ Id: id.text, sObject: read.value }) : read;
}

/**
 * Reads an outbound message. `SessionId` is a session of a user at Salesforce, a credential: it goes no further than here.
 *
 * The content: `{ OrganizationId, ActionId, EnterpriseUrl, PartnerUrl, Notification: [{ Id, sObject: { type, fields } }] }`.
 */
export function readOutboundMessage(text: string): Step<Json> {
  const root = readXml(text);
  if (!root.ok) return root;
  const body = root.value.namespace === soap && root.value.name === 'Envelope' ? only(root.value, soap, 'Body') : null;
  const message = body === null ? null : only(body, outbound, 'notifications');
  if (message === null) return stop('body-syntax');
  const content: Record<string, Json> = {};
  const rest = [...message.children];
  for (const name of ['OrganizationId', 'ActionId', 'SessionId', 'EnterpriseUrl', 'PartnerUrl']) {
    const [element] = rest;
    const there = element?.name === name && element.namespace === outbound && element.children.length === 0;
    if (!there && name === 'SessionId') continue; // a sender may leave it out
    if (!there || (name.endsWith('Id') && name !== 'SessionId' && !idGrammar.test(element.text))) return stop('body-syntax');
    rest.shift();
    if (name !== 'SessionId') content[name] = element.text;
  }
  if (rest.length === 0) return stop('body-syntax');
  if (rest.length > limits.webhookNotificationsMax) return stop('body-names');
  const notifications: Json[] = [];
  for (const element of rest) {
    if (element.name !== 'Notification' || element.namespace !== outbound)
      return stop(Object.hasOwn(content, element.name) || element.name === 'SessionId' ? 'body-duplicate-name' : 'body-syntax');
    const read = notificationOf(element);
    if (!read.ok) return read;
    notifications.push(read.value);
  }
  return go({ ...content, Notification: notifications });
}
