// Receipts: which message one answers, and which messages are answered at all.

import type { CommandFields, Content, ContentStamp } from './content/index.ts';
import { commandFields, createCommand } from './content/index.ts';
import { readId } from './documents.ts';
import type { DimpId } from './ids.ts';
import { ENTITY_TYPES } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { ReliableMessage } from './message.ts';
import { parseTransportable } from './transportable.ts';

/** Texts that peers know. */
export const RECEIPT_TEXTS = {
  received: 'Message received.',
  delivered: 'Message delivered.',
  cached: 'Message cached.',
  forwarded: 'Message forwarded.',
  redirected: 'Message redirected.',
  undecipherable: 'Failed to decrypt message.',
  contentUnsupported: 'Content not support.',
  commandUnsupported: 'Command not support.',
  metaReceived: 'Meta received.',
  metaInvalid: 'Meta not valid.',
  metaNotFound: 'Meta not found.',
  documentReceived: 'Document received.',
  documentRefused: 'Document not accepted.',
  documentSame: 'Document not changed.',
  documentNotFound: 'Document not found.',
  documentNotUpdated: 'Document not updated.',
  loginReceived: 'Login received.',
  onlineReceived: 'Online received.',
} as const;

export type ReceiptRequest = {
  readonly text: string;
  /** What is answered. */
  readonly message: ReliableMessage;
  /** Its serial number, where it was read. A receipt carries it as its own, which is how older peers match them. */
  readonly sn?: number;
  /** `recipient`, `neighbor`, `template` and so on. */
  readonly extras?: JsonObject;
  readonly stamp: ContentStamp;
};

export function createReceipt({ text, message, sn, extras, stamp }: ReceiptRequest): JsonObject {
  const { sender, receiver, timeS, group, json } = message;
  const origin: JsonObject = {
    sender: sender.text,
    receiver: receiver.text,
    time: timeS,
    ...(group === undefined ? {} : { group: group.text }),
    ...(message.code === undefined ? {} : { type: message.code }),
    ...(sn === undefined ? {} : { sn }),
    signature: json['signature'] ?? null,
  };
  return createCommand('receipt', { text, ...extras, origin }, { ...stamp, sn: sn ?? stamp.sn });
}

export type ReceiptOrigin = {
  readonly sender: DimpId;
  readonly receiver?: DimpId;
  readonly timeS?: number;
  readonly sn?: number;
  readonly signature?: Uint8Array;
};

/** What a receipt answers; undefined where it does not say, and for other contents. */
export function receiptOrigin(content: Content): ReceiptOrigin | undefined {
  const fields: CommandFields['receipt'] | undefined = commandFields(content, 'receipt');
  const origin = fields?.origin;
  const sender = readId(origin?.['sender']);
  if (origin === undefined || sender === undefined) return undefined;
  const receiver = readId(origin['receiver']);
  const { time, sn } = origin;
  const signature = parseTransportable(origin['signature']);
  return {
    sender,
    ...(receiver === undefined ? {} : { receiver }),
    ...(typeof time === 'number' ? { timeS: time } : {}),
    ...(typeof sn === 'number' ? { sn } : {}),
    ...(signature === undefined ? {} : { signature }),
  };
}

/** Only what people say to each other is answered by itself: else two programs would thank each other for ever. */
export function deservesReceipt(sender: DimpId, content: Content): boolean {
  if (sender.type !== ENTITY_TYPES.user) return false;
  return content.kind !== 'command' && content.kind !== 'history' && content.kind !== 'unknown';
}

/** The answer to a content or command that nobody here understands. */
export function unsupported(content: Content): { readonly text: string; readonly extras: JsonObject } {
  if (content.command === undefined)
    return {
      text: RECEIPT_TEXTS.contentUnsupported,
      extras: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the peer fills it
        template: 'Content (type: ${type}) not support yet!',
        replacements: { type: String(content.code) },
      },
    };
  return {
    text: RECEIPT_TEXTS.commandUnsupported,
    extras: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the peer fills it
      template: 'Command (name: ${command}) not support yet!',
      replacements: { command: content.command },
    },
  };
}
