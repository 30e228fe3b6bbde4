import type { Json } from '../action/json.ts';
import type { BodyKind, WebhookProvider } from '../connectors/webhook.ts';
import type { WebhookCrypto } from './delivery.ts';
import { formContent, parseForm, sortedForm } from './form.ts';
import { readOutboundMessage } from './outbound-message.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** A body that was parsed. */
export interface ParsedBody {
  readonly content: Json;
  /** JSON that parses to `content`: as it came, wherever it came as JSON. Null: there was no body. */
  readonly text: string | null;
  /** Of a form: its parameters as Twilio signs them. */
  readonly sortedForm: string | null;
}

/** Parses a body by the kind that its content type says: JSON, a form, XML, or nothing at all. */
export function parseBody(body: Uint8Array, kind: BodyKind, provider: WebhookProvider, crypto: WebhookCrypto): Step<ParsedBody> {
  if (kind === 'empty') return go({ content: null, text: null, sortedForm: null });
  const text = crypto.text(body);
  if (text === null) return stop('body-encoding');
  if (kind === 'json') {
    const parsed = parseStrictJson(text);
    return parsed.ok ? go({ content: parsed.value, text, sortedForm: null }) : parsed;
  }
  if (kind === 'xml') {
    const message = readOutboundMessage(text);
    return message.ok ? go({ content: message.value, text: JSON.stringify(message.value), sortedForm: null }) : message;
  }
  const form = parseForm(text);
  if (!form.ok) return form;
  if (provider.form === null) return stop('content-type');
  const content = formContent(form.value, provider.form);
  if (!content.ok) return content;
  const wrapped = provider.form.jsonIn === null ? undefined : form.value.get(provider.form.jsonIn);
  return go({ content: content.value, text: wrapped ?? JSON.stringify(content.value), sortedForm: sortedForm(form.value) });
}
