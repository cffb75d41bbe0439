// Machines as contacts of the people of this console, wherever they are: asked how they are while a page shows them, and
// asked to do what they allow. What a machine says counts only as the answer to a question of this console, and from the
// machine's own account.

import type { MachineActResult, MachineActView, MachineContactView } from '../../api/index.ts';
import type { Clock, Fault, Random, Result } from '../../base/index.ts';
import { base64, bytesToHex, ok, refuse } from '../../base/index.ts';
import { parsePicture } from '../../camera/index.ts';
import { MachineState, machineKey } from '../../chain/index.ts';
import type { MachineAnswer, OpenedMessage } from '../../dimp/index.ts';
import { MACHINE_PROPERTY, machineTalkFields, readMachineTalk } from '../../dimp/index.ts';
import { parseAddress } from '../../identity/index.ts';
import { MACHINE_RIGHTS, talkFault } from '../../jobs/index.ts';
import { parseRecord, RegisteredMachine } from '../../records/index.ts';
import type { Messenger } from '../dimp/messenger.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Parties } from './parties.ts';
import { faultView } from './tasks.ts';

export type MachineContactParts = {
  readonly messenger: Messenger;
  readonly chain: ChainClient;
  readonly parties: Parties;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly random: Random;
};

/** What is asked is out of date after this time. */
const ASK_S = 60;
/** A page that waits is told that nobody answers. */
const ANSWER_MS = 15_000;
/** Between two questions how it is: ever longer while it does not answer. */
const STATUS_MS_MIN = 4_000;
const STATUS_MS_MAX = 300_000;
/** Until the next try where a question could not even be sent. */
const UNSAID_MS = 500;
const STALE_MS = 45_000;
const CONTACTS_MAX = 200;

type Contact = {
  answer: MachineAnswer | undefined;
  heardMs: number;
  heardAtMs: number;
  askedMs: number;
  unanswered: number;
  /** Questions under way, by their nonces. */
  readonly asked: Map<string, { readonly act: string; readonly settle: (answer: MachineAnswer) => void }>;
};

export class MachineContacts {
  readonly #parts: MachineContactParts;
  readonly #contacts = new Map<string, Contact>();
  readonly #closed = new AbortController();

  constructor(parts: MachineContactParts) {
    this.#parts = parts;
  }

  /** What is known of it; asking keeps it being asked. */
  async view(actor: string, chat: string): Promise<Result<MachineContactView>> {
    const found = await this.#machineOf(actor, chat);
    if (!found.ok) return found;
    const { id, name, owner } = found.value;
    const { clock } = this.#parts;
    const contact = this.#contact(actor, id);
    const pauseMs = Math.min(STATUS_MS_MAX, STATUS_MS_MIN * 2 ** Math.min(20, contact.unanswered));
    if (clock.monotonicMs() - contact.askedMs >= pauseMs) void this.#ask(actor, id, 'status');
    const { answer, heardMs, heardAtMs } = contact;
    const common = { name, ...(owner === undefined ? {} : { owner }) };
    if (answer === undefined) return ok({ ...common, stale: false, may: [] });
    const stale = clock.monotonicMs() - heardAtMs > STALE_MS;
    const may = MACHINE_RIGHTS.filter((right) => answer.may.includes(right));
    const refusal = answer.ok ? {} : { refusal: faultView(faultOf(answer)) };
    return ok({ ...common, heardMs, stale, may, ...(may.length === 0 ? refusal : {}), ...statusOf(answer) });
  }

  /** Asks it to do something now; what it answers. */
  async act(actor: string, chat: string, act: MachineActView): Promise<Result<MachineActResult>> {
    const found = await this.#machineOf(actor, chat);
    if (!found.ok) return found;
    const answer = await this.#ask(actor, found.value.id, act);
    if (answer === undefined) return refuse(talkFault('talk.silent'));
    if (!answer.ok) return refuse(faultOf(answer));
    const jpeg = answer.picture === undefined ? undefined : pictureOf(answer.picture.data);
    if (answer.picture === undefined || jpeg === undefined) return ok({ text: answer.text });
    const { rotate, flip } = answer.picture;
    const image = new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' });
    return ok({ text: answer.text, picture: { image, rotate, flip } });
  }

  /** A machine said something to an account of this console. */
  hear(actor: string, { message, content, protection }: OpenedMessage): void {
    const talk = readMachineTalk(content.json);
    if (talk?.mod !== 'answer' || protection !== 'bound') return;
    const contact = this.#contacts.get(keyOf(actor, message.sender.bare));
    const asked = contact?.asked.get(talk.nonce);
    if (contact === undefined || asked === undefined || asked.act !== talk.act) return;
    contact.asked.delete(talk.nonce);
    const { clock, bus } = this.#parts;
    contact.answer = talk;
    contact.heardMs = clock.nowMs();
    contact.heardAtMs = clock.monotonicMs();
    contact.unanswered = 0;
    asked.settle(talk);
    bus.changed('watching', message.sender.bare);
  }

  close(): void {
    this.#closed.abort();
  }

  async #ask(actor: string, id: string, act: MachineActView): Promise<MachineAnswer | undefined> {
    const { random, clock, messenger } = this.#parts;
    const contact = this.#contact(actor, id);
    const nonce = bytesToHex(random.bytes(16));
    const job = contact.answer?.status?.job?.job;
    const expires = Math.floor(clock.nowMs() / 1000) + ASK_S;
    const ask = { act, nonce, expires, ...(job === undefined ? {} : { job }) };
    contact.askedMs = clock.monotonicMs();
    contact.unanswered++;
    const over = new AbortController();
    const end = () => over.abort();
    this.#closed.signal.addEventListener('abort', end, { once: true });
    const answered = new Promise<MachineAnswer>((settle) => contact.asked.set(nonce, { act, settle }));
    const late = clock.sleep(ANSWER_MS, over.signal).then(
      () => undefined,
      () => undefined,
    );
    const isSaid = await messenger.sayNow(actor, id, machineTalkFields(ask));
    // Its keys, or the station, are still being looked for: soon again.
    if (!isSaid) {
      contact.unanswered--;
      contact.askedMs = clock.monotonicMs() - STATUS_MS_MIN + UNSAID_MS;
    }
    const answer = isSaid ? await Promise.race([answered, late]) : undefined;
    contact.asked.delete(nonce);
    this.#closed.signal.removeEventListener('abort', end);
    over.abort();
    return answer;
  }

  #contact(actor: string, id: string): Contact {
    const key = keyOf(actor, id);
    const known = this.#contacts.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#contacts.keys();
    if (this.#contacts.size >= CONTACTS_MAX && oldest !== undefined) this.#contacts.delete(oldest);
    const never = Number.NEGATIVE_INFINITY;
    const fresh = { answer: undefined, heardMs: 0, heardAtMs: 0, askedMs: never, unanswered: 0 };
    const contact: Contact = { ...fresh, asked: new Map() };
    this.#contacts.set(key, contact);
    return contact;
  }

  /** A machine that the chain has, with its owner; or what only says that it is one. */
  async #machineOf(actor: string, chat: string) {
    const { messenger, chain, parties } = this.#parts;
    const view = await messenger.chat(actor, chat);
    if (!view.ok) return view;
    const id = chat.slice(2);
    const address = parseAddress(id);
    const state =
      address === undefined ? undefined : await chain.known.read(MachineState, machineKey(address));
    const registered = state?.ok ? state.value?.value : undefined;
    if (registered === undefined) {
      if (messenger.saidOf(id, MACHINE_PROPERTY) === undefined || !chat.startsWith('p:'))
        return refuse(talkFault('talk.not-a-machine'));
      return ok({ id, name: view.value.chat.title, owner: undefined });
    }
    const profile = parseRecord(RegisteredMachine, 'machine', registered.profile);
    const name = profile.ok ? profile.value.name : view.value.chat.title;
    return ok({ id, name, owner: parties.ofBytes(registered.owner) });
  }
}

const keyOf = (actor: string, id: string) => `${actor} ${id}`;

function faultOf({ code, text, next }: MachineAnswer): Fault {
  return { code: code ?? 'talk.refused', message: text, next: next ?? '' };
}

function pictureOf(text: string) {
  try {
    const jpeg = base64.decode(text);
    return parsePicture(jpeg) === undefined ? undefined : jpeg;
  } catch {
    return undefined;
  }
}

function statusOf({ status }: MachineAnswer): Pick<MachineContactView, 'status'> {
  if (status === undefined) return {};
  const { state, nozzle, nozzleTarget, bed, bedTarget, job } = status;
  const temperatures = { nozzleC: nozzle, nozzleTargetC: nozzleTarget, bedC: bed, bedTargetC: bedTarget };
  if (job === undefined) return { status: { state, temperatures } };
  const { copy, copies, layer, layers, share, leftS } = job;
  const leftMs = leftS === null ? null : leftS * 1000;
  return { status: { state, temperatures, job: { copy, copies, layer, layers, share, leftMs } } };
}
