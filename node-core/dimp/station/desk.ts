// What a station does with contents that are addressed to itself: queries for metas and documents, logins, names, lists
// and prices. Answers are contents; who sends them and how is not decided here.

import { z } from 'zod';
import type { Content, DimpCrypto, DimpId, Directory, JsonObject, ReliableMessage } from '../index.ts';
import {
  commandFields,
  contentFields,
  documentToJson,
  isJsonObject,
  keptReceipts,
  messageToText,
  metaToJson,
  parseId,
  parseJsonObject,
  ServiceReceipts,
} from '../index.ts';
import { answerBoards, takeEntry } from './board-desk.ts';
import { LIST_IDS_MAX } from './limits.ts';
import type { PackageDeskParts } from './package-desk.ts';
import { createPackageDesk } from './package-desk.ts';
import { Price, priceToJson } from './policy.ts';
import type { StationStore } from './store.ts';

/** A command or another content to answer with; the station gives it number and time. */
export type Answer =
  | { readonly kind: 'receipt'; readonly text: string; readonly fields?: JsonObject }
  | {
      readonly kind: 'command';
      readonly name: 'meta' | 'documents' | 'ans' | 'block' | 'mute';
      readonly fields: JsonObject;
    }
  | { readonly kind: 'customized'; readonly fields: JsonObject }
  | { readonly kind: 'forward'; readonly message: JsonObject }
  /** Known only after somebody else was asked; it never fails. */
  | { readonly kind: 'later'; readonly answer: Promise<Answer> };

/** The ID that a name of the network stands for, proven by whoever answers; undefined for nobody's. Never fails. */
export type ResolveName = (name: string) => Promise<DimpId | undefined>;

/** Counts what users sign for, where the station's operator is a provider. */
export type ServiceCounter = {
  /** The messages whose receipts are right and are kept when `later` runs; the others are worth nothing. */
  take(receipts: ServiceReceipts, user: DimpId, later: (write: () => void) => void): readonly string[];
};

export type DeskParts = {
  readonly self: DimpId;
  readonly store: StationStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  /** Names of the operator: bots and people that are found by `NAME@anywhere`. */
  readonly names: ReadonlyMap<string, DimpId>;
  readonly nowS: () => number;
  /** Carried out with the next flush. */
  readonly later: (write: () => void) => void;
  /** What somebody asks of a sender. */
  readonly priceFor: (sender: DimpId, receiver: DimpId) => Price;
  readonly onRoaming: (user: DimpId, station: DimpId) => void;
  readonly service?: ServiceCounter;
  readonly resolveName?: ResolveName;
  /** More may be stored. */
  readonly hasRoom: () => boolean;
} & Pick<PackageDeskParts, 'neighbourOf' | 'tellNeighbour'>;

/** Names of one question that the network is asked for. */
const NAMES_ASKED_MAX = 16;

const receipt = (text: string, fields?: JsonObject): Answer =>
  fields === undefined ? { kind: 'receipt', text } : { kind: 'receipt', text, fields };

/** The content that sets a price. */
const PRICE = { app: 'dipnet', mod: 'mailbox', act: 'price' } as const;
const PriceOrder = z.looseObject({
  app: z.literal(PRICE.app),
  mod: z.literal(PRICE.mod),
  act: z.literal(PRICE.act),
  price: Price,
});

/** … asks for somebody's before anything is sent, … */
const PriceQuestion = z.looseObject({
  app: z.literal(PRICE.app),
  mod: z.literal(PRICE.mod),
  act: z.literal('price.query'),
  did: z.string().max(64),
});
/** … and answers with what is asked of the asker. */
export const PriceAnswer = z.looseObject({
  app: z.literal(PRICE.app),
  mod: z.literal(PRICE.mod),
  act: z.literal('price.answer'),
  did: z.string().max(64),
  price: Price,
});
export type PriceAnswer = z.infer<typeof PriceAnswer>;

export type Desk = ReturnType<typeof createDesk>;

export function createDesk(parts: DeskParts) {
  const packages = createPackageDesk({ ...parts, nowMs: () => parts.nowS() * 1000 });
  const handlers: Readonly<
    Record<string, (content: Content, message: ReliableMessage) => readonly Answer[]>
  > = {
    meta: (content) => takeMeta(parts, content),
    documents: (content) => takeDocuments(parts, content),
    login: (content, message) => takeLogin(parts, content, message),
    report: (content) => takeReport(content),
    ans: (content) => takeNames(parts, content),
    block: (content, message) => takeList(parts, 'block', content, message.sender),
    mute: (content, message) => takeList(parts, 'mute', content, message.sender),
    receipt: () => [],
  };
  return {
    packages,
    /** What to answer to a content that was proven to be its sender's. */
    take(content: Content, message: ReliableMessage): readonly Answer[] {
      const name = content.command;
      if (name !== undefined) {
        const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
        if (handler !== undefined) return handler(content, message);
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the protocol's own placeholders
        const template = 'Command (name: ${command}) not support yet!';
        return [receipt('Command not support.', { template, replacements: { command: name } })];
      }
      // Everybody's entries are answered to nobody: who asks for the board sees them.
      if (takeEntry(parts, content, message)) return [];
      const boards = answerBoards(parts, content);
      if (boards !== undefined) return [{ kind: 'customized', fields: boards }];
      const packaged = packages.take(content, message.sender);
      if (packaged !== undefined) {
        const answer = packaged.then((fields): Answer => ({ kind: 'customized', fields }));
        return [{ kind: 'later', answer }];
      }
      const customized = contentFields(content, 'customized');
      const order = customized === undefined ? undefined : PriceOrder.safeParse(content.json);
      if (order?.success === true) return takePrice(parts, order.data.price, message.sender);
      const question = customized === undefined ? undefined : PriceQuestion.safeParse(content.json);
      const asked = question?.success === true ? parseId(question.data.did) : undefined;
      if (asked?.ok) return answerPrice(parts, message.sender, asked.value);
      const served = customized === undefined ? undefined : ServiceReceipts.safeParse(content.json);
      if (served?.success === true) return takeReceipts(parts, served.data, message.sender);
      return [receipt('Content not support.')];
    },
  };
}

function takeMeta({ directory }: DeskParts, content: Content): readonly Answer[] {
  const fields = commandFields(content, 'meta');
  if (fields === undefined) return [receipt('Meta not valid.')];
  const id = fields.did;
  const did = id.bare;
  if (fields.meta === undefined) {
    const known = directory.meta(id);
    if (known === undefined) return [receipt('Meta not found.', { did })];
    return [{ kind: 'command', name: 'meta', fields: { did, meta: metaToJson(known) } }];
  }
  const saved = directory.saveMeta(id, content.json['meta']);
  return [receipt(saved.ok ? 'Meta received.' : 'Meta not accepted.', { did })];
}

function takeDocuments(parts: DeskParts, content: Content): readonly Answer[] {
  const fields = commandFields(content, 'documents');
  if (fields === undefined) return [receipt('Document not valid.')];
  const id = fields.did;
  if (fields.documents === undefined) return answerDocuments(parts, id, fields.last_time);
  const { directory, nowS } = parts;
  if (isJsonObject(content.json['meta'])) directory.saveMeta(id, content.json['meta']);
  const list = content.json['documents'];
  const saved = (Array.isArray(list) ? list : [])
    .slice(0, 16)
    .map((item) => directory.saveDocument(item, id, nowS()));
  const [worst] = saved.filter((one) => !one.ok);
  if (worst !== undefined) return [receipt('Document not accepted.', { did: id.bare })];
  const isNew = saved.some((one) => one.ok && one.value.change !== 'same');
  return [receipt(isNew ? 'Document received.' : 'Document not changed.', { did: id.bare })];
}

function answerDocuments(
  { directory, store }: DeskParts,
  id: DimpId,
  lastS: number | undefined,
): readonly Answer[] {
  const did = id.bare;
  const documents = directory.documents(id);
  const newest = Math.max(0, ...documents.map(({ timeS }) => timeS));
  if (documents.length === 0) return [receipt('Document not found.', { did })];
  if (lastS !== undefined && newest <= lastS)
    return [receipt('Document not updated.', { did, last_time: lastS })];
  const known = directory.meta(id);
  const meta = known === undefined ? {} : { meta: metaToJson(known) };
  const fields = { did, ...meta, documents: documents.map(documentToJson) };
  // Who asks for somebody also learns where they are.
  const login = store.fact('login', did);
  const signed = login === undefined ? undefined : parseJsonObject(login);
  const forward: readonly Answer[] = signed?.ok ? [{ kind: 'forward', message: signed.value.value }] : [];
  return [{ kind: 'command', name: 'documents', fields }, ...forward];
}

function takeLogin(parts: DeskParts, content: Content, message: ReliableMessage): readonly Answer[] {
  const fields = commandFields(content, 'login');
  const who = message.sender;
  // Where somebody is, they say themselves.
  if (fields?.did.bare !== who.bare) return [];
  const { store, later, self, onRoaming } = parts;
  const before = store.fact('login', who.bare);
  const known = before === undefined ? undefined : parseJsonObject(before);
  const knownS = known?.ok ? Number(known.value.value['time']) : 0;
  if (!(message.timeS > knownS) || message.timeS > parts.nowS() + 600) return [];
  const text = messageToText(message);
  later(() => store.putFact('login', who.bare, text));
  const station = fields.station?.did;
  if (station !== undefined && station.bare !== self.bare) onRoaming(who, station);
  return [receipt('Login received.')];
}

function takeReport(content: Content): readonly Answer[] {
  const title = commandFields(content, 'report')?.title;
  if (title === 'online') return [receipt('Online received.')];
  if (title === 'offline') return [receipt('Offline received.')];
  return [receipt('Report not support.')];
}

/** The network's names come first: an operator must not stand for somebody else's. */
function takeNames({ names, resolveName }: DeskParts, content: Content): readonly Answer[] {
  const text = commandFields(content, 'ans')?.names ?? '';
  const asked = text.split(/\s+/).filter((name) => name !== '');
  const answer = (found: ReadonlyMap<string, DimpId>): Answer => {
    const records: { [name: string]: string } = {};
    const missed: string[] = [];
    for (const name of asked.slice(0, 100)) {
      const id = found.get(name) ?? names.get(name.toLowerCase());
      if (id === undefined) missed.push(name);
      else records[name] = id.bare;
    }
    return { kind: 'command', name: 'ans', fields: { names: asked.join(' '), records, missed } };
  };
  if (resolveName === undefined) return [answer(new Map())];
  const found = Promise.all(
    asked.slice(0, NAMES_ASKED_MAX).map(async (name) => [name, await resolveName(name)] as const),
  );
  const known = found.then((pairs) =>
    answer(new Map(pairs.flatMap(([name, id]) => (id === undefined ? [] : [[name, id] as const])))),
  );
  return [{ kind: 'later', answer: known }];
}

function takeList(
  { store, later }: DeskParts,
  kind: 'block' | 'mute',
  content: Content,
  owner: DimpId,
): readonly Answer[] {
  const fields = commandFields(content, kind);
  if (fields === undefined) return [receipt('Command not valid.')];
  if (fields.list === undefined)
    return [{ kind: 'command', name: kind, fields: { list: store.list(owner.bare, kind) } }];
  const ids = fields.list.slice(0, LIST_IDS_MAX).map((id) => id.bare);
  later(() => store.putList(owner.bare, kind, ids));
  return [receipt(kind === 'block' ? 'Block received.' : 'Mute received.')];
}

function takePrice({ store, later }: DeskParts, price: Price, owner: DimpId): readonly Answer[] {
  later(() => store.putFact('price', owner.bare, JSON.stringify(price)));
  return [receipt('Price received.')];
}

function answerPrice({ priceFor }: DeskParts, asker: DimpId, did: DimpId): readonly Answer[] {
  const { app, mod } = PRICE;
  const fields = { app, mod, act: 'price.answer', did: did.bare, price: priceToJson(priceFor(asker, did)) };
  return [{ kind: 'customized', fields }];
}

function takeReceipts(
  { service, later }: DeskParts,
  receipts: ServiceReceipts,
  user: DimpId,
): readonly Answer[] {
  if (service === undefined) return [receipt('Receipts not wanted.')];
  return [receipt('Receipts received.', keptReceipts(service.take(receipts, user, later)))];
}
