// The calls of this console's accounts: joins the state machine of each to its messages, to the pages that hold the media,
// to the clock, and to the history. Calls live in memory: they end with the process, as their media do.

import type {
  CallSettings,
  CallsView,
  CallView,
  EndedCallView,
  MediaReport,
  SeatSignal,
} from '../../api/index.ts';
import type { Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse, utf8ToBytes } from '../../base/index.ts';
import type { CallEffect, CallEntry, CallInput, CallState } from '../../dimp/calls/index.ts';
import {
  callDeadlineMs,
  callFields,
  NO_CALLS,
  parseCandidate,
  parseDescription,
  readCallContent,
  stepCall,
} from '../../dimp/calls/index.ts';
import type { DimpId, JsonObject, OpenedMessage } from '../../dimp/index.ts';
import { isBot, isStation, parseId } from '../../dimp/index.ts';
import { queued } from '../services/event-bus.ts';
import { callFault } from './call-faults.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';

export type CallDeskParts = {
  readonly store: ChatStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Names this console among the devices of its accounts. */
  readonly device: string;
  /** Of an account, while it is there. */
  readonly correspondent: (actor: string) => CallPost | undefined;
  readonly nameOf: (actor: string, id: string) => string;
  /** What pages show of calls is no longer right. */
  readonly changed: () => void;
  /** So is what they show of this chat. */
  readonly filed: (chat: string) => void;
};

/** What calls need of an account's way to others. */
export type CallPost = {
  readonly signal: (peer: string, fields: JsonObject) => void;
  readonly secrecyOf: (id: DimpId) => string;
  /** Asks the station who somebody is. */
  readonly learn: (id: DimpId) => void;
  readonly isDowngraded: (id: DimpId) => boolean;
  readonly status: () => { readonly state: string };
};

type Line = {
  state: CallState;
  /** The page that has the media. */
  seat: string | undefined;
  ended: CallEntry | undefined;
  timer: AbortController | undefined;
};
type Seat = { readonly push: (signal: SeatSignal) => void };

/** A page that loses its connection for so long has lost its calls. */
const SEAT_GRACE_MS = 8_000;
/** Whoever calls more often is not heard. */
const INVITES_MAX = 6;
const INVITES_MS = 60_000;
const DEFAULT_SETTINGS: CallSettings = { addresses: 'all', servers: [] };

export class CallDesk {
  readonly #parts: CallDeskParts;
  readonly #lines = new Map<string, Line>();
  readonly #seats = new Map<string, Seat>();
  /** When somebody called, by account and caller. */
  readonly #invites = new Map<string, readonly number[]>();
  readonly #closing = new AbortController();

  constructor(parts: CallDeskParts) {
    this.#parts = parts;
  }

  view(): CallsView {
    const lines = [...this.#lines];
    return {
      calls: lines.flatMap(([actor, line]) => this.#callView(actor, line) ?? []),
      ended: lines.flatMap(([actor, { ended }]) =>
        ended === undefined ? [] : this.#endedView(actor, ended),
      ),
    };
  }

  /** Calls somebody, with the media in the page that is named. */
  start(actor: string, chat: string, video: boolean, seat: string): Result<{ call: string }> {
    const id = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
    if (!id?.ok || isStation(id.value) || isBot(id.value)) return refuse(callFault('call.person'));
    const allowed = this.#mayCall(actor, chat, id.value, seat);
    if (!allowed.ok) return allowed;
    const line = this.#line(actor);
    if (line.state.call !== undefined) return refuse(callFault('call.busy'));
    const call = bytesToHex(this.#parts.random.bytes(16));
    line.seat = seat;
    line.ended = undefined;
    this.#step(actor, { type: 'start', call, peer: id.value.bare, video });
    return ok({ call });
  }

  #mayCall(actor: string, chat: string, id: DimpId, seat: string): Result<void> {
    const { store, correspondent } = this.#parts;
    const post = correspondent(actor);
    const state = store.chat(actor, chat);
    if (state === undefined || post === undefined) return refuse(chatFault('chat.unknown'));
    if (state.blocked) return refuse(chatFault('chat.blocked'));
    if (post.isDowngraded(id)) return refuse(chatFault('chat.downgrade'));
    if (post.status().state !== 'connected') return refuse(callFault('call.away'));
    if (post.secrecyOf(id) === 'unknown') {
      post.learn(id);
      return refuse(callFault('call.unknown'));
    }
    return this.#mayTalk(seat);
  }

  #mayTalk(seat: string): Result<void> {
    if (!this.#seats.has(seat)) return refuse(callFault('call.page'));
    const { addresses, servers } = this.settings();
    const hasRelay = servers.some(({ url }) => url.startsWith('turn'));
    return addresses === 'relay' && !hasRelay ? refuse(callFault('call.relay')) : ok(undefined);
  }

  accept(actor: string, call: string, seat: string): Result<void> {
    const line = this.#lines.get(actor);
    const current = line?.state.call;
    if (line === undefined || current?.id !== call || current.phase.kind !== 'ringing')
      return refuse(callFault('call.over'));
    const allowed = this.#mayTalk(seat);
    if (!allowed.ok) return allowed;
    line.seat = seat;
    line.ended = undefined;
    this.#step(actor, { type: 'accept' });
    return ok(undefined);
  }

  /** Declines or hangs up; what is over already stays so. */
  end(actor: string, call: string): void {
    if (this.#lines.get(actor)?.state.call?.id === call) this.#step(actor, { type: 'end', reason: 'hangup' });
  }

  /** Ends what there is with somebody who is not to be heard any more. */
  endWith(actor: string, peer: string): void {
    if (this.#lines.get(actor)?.state.call?.peer === peer)
      this.#step(actor, { type: 'end', reason: 'hangup' });
  }

  /** What the page says that has the media. */
  report(actor: string, call: string, seat: string, report: MediaReport): Result<void> {
    const line = this.#lines.get(actor);
    if (line?.state.call?.id !== call || line.seat !== seat) return refuse(callFault('call.over'));
    const { addresses } = this.settings();
    switch (report.kind) {
      case 'offer':
      case 'answer': {
        const description = parseDescription(report.sdp);
        if (description === undefined) return refuse(callFault('call.media'));
        this.#step(actor, { type: 'describe', act: report.kind, round: report.round, description });
        break;
      }
      case 'candidates': {
        const list = report.list.flatMap((one) => parseCandidate(one, addresses) ?? []);
        if (list.length > 0) this.#step(actor, { type: 'candidates', round: report.round, list });
        break;
      }
      case 'failed':
        this.#step(actor, { type: 'end', reason: 'failed' });
        break;
      default:
        this.#step(actor, { type: report.kind });
    }
    return ok(undefined);
  }

  /** What a page that can hold media is to do, for as long as it is there. */
  seat(name: string, signal: AbortSignal | undefined): AsyncGenerator<SeatSignal> {
    return queued<SeatSignal>((push) => {
      const seat: Seat = { push };
      this.#seats.set(name, seat);
      return () => {
        if (this.#seats.get(name) !== seat) return;
        this.#seats.delete(name);
        void this.#missSeat(name);
      };
    }, signal);
  }

  /** A page that is gone has taken its media along; one whose connection broke for a moment comes back. */
  async #missSeat(name: string): Promise<void> {
    const holds = () =>
      [...this.#lines].filter(([, { seat, state }]) => seat === name && state.call !== undefined);
    if (holds().length === 0) return;
    await this.#parts.clock.sleep(SEAT_GRACE_MS, this.#closing.signal).catch(() => undefined);
    if (this.#closing.signal.aborted || this.#seats.has(name)) return;
    for (const [actor] of holds()) this.#step(actor, { type: 'end', reason: 'lost' });
  }

  settings(): CallSettings {
    const text = this.#parts.store.callSettings();
    return text === '' ? DEFAULT_SETTINGS : (JSON.parse(text) as CallSettings);
  }

  saveSettings(settings: CallSettings): void {
    this.#parts.store.putCallSettings(JSON.stringify(settings));
    this.#parts.changed();
  }

  /** Takes what somebody said about a call, in a message whose signature covers who said it to whom. */
  hear(actor: string, { message, content }: OpenedMessage): void {
    const said = readCallContent(content.json);
    const peer = message.sender.bare;
    if (said === undefined || (said.said.act === 'invite' && this.#isFlood(actor, peer))) return;
    const rings = this.#parts.store.chat(actor, `p:${peer}`) !== undefined;
    this.#step(actor, { type: 'hear', peer, content: said, rings });
  }

  #isFlood(actor: string, peer: string): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const key = `${actor} ${peer}`;
    const recent = (this.#invites.get(key) ?? []).filter((atMs) => nowMs - atMs < INVITES_MS);
    for (const [other, times] of this.#invites)
      if (times.every((atMs) => nowMs - atMs >= INVITES_MS)) this.#invites.delete(other);
    if (recent.length >= INVITES_MAX) return true;
    this.#invites.set(key, [...recent, nowMs]);
    return false;
  }

  /** Ends all calls, so that the others do not wait for a console that is gone. */
  close(): void {
    this.#closing.abort();
    for (const [actor, line] of this.#lines) {
      this.#step(actor, { type: 'end', reason: 'hangup' });
      line.timer?.abort();
    }
  }

  #line(actor: string): Line {
    const known = this.#lines.get(actor);
    if (known !== undefined) return known;
    const fresh: Line = { state: NO_CALLS, seat: undefined, ended: undefined, timer: undefined };
    this.#lines.set(actor, fresh);
    return fresh;
  }

  #step(actor: string, input: CallInput): void {
    const line = this.#line(actor);
    const { clock, device, changed } = this.#parts;
    const before = line.state;
    const { state, effects } = stepCall(before, input, { nowMs: clock.nowMs(), device });
    line.state = state;
    for (const effect of effects) this.#perform(actor, line, before, effect);
    if (state.call === before.call) return;
    // Where both called each other, the page that called goes on with the other's call.
    const isAnother = before.call !== undefined && state.call?.id !== before.call.id;
    const goesOn = state.call?.phase.kind === 'connecting';
    if (isAnother && line.seat !== undefined && !goesOn) {
      this.#seats.get(line.seat)?.push({ kind: 'over', call: before.call.id });
      line.seat = undefined;
    }
    this.#arm(actor, line);
    changed();
  }

  #perform(actor: string, line: Line, before: CallState, effect: CallEffect): void {
    if (effect.type === 'send') {
      this.#parts.correspondent(actor)?.signal(effect.peer, callFields(effect.content));
      return;
    }
    if (effect.type === 'log') {
      this.#file(actor, effect.entry);
      // Of a call that was in nobody's way the page says nothing.
      if (before.call?.id === effect.entry.call) line.ended = effect.entry;
      return;
    }
    const call = line.state.call?.id;
    if (call === undefined || line.seat === undefined) return;
    const { signal } = effect;
    const seat = this.#seats.get(line.seat);
    if (signal.kind === 'begin') seat?.push({ ...signal, call, settings: this.settings() });
    else if (signal.kind === 'candidates') seat?.push({ ...signal, call, list: [...signal.list] });
    else seat?.push({ ...signal, call });
  }

  /** An entry that is news to nobody is filed as one's own, so that it does not count as unread. */
  #file(actor: string, entry: CallEntry): void {
    const { store, clock, filed } = this.#parts;
    const chat = `p:${entry.peer}`;
    const sender = entry.isIncoming && entry.outcome === 'missed' ? entry.peer : actor;
    store.transact(() => {
      store.addChat(actor, chat);
      const timerS = store.chat(actor, chat)?.timerS ?? 0;
      const gone = timerS === 0 ? {} : { goneMs: clock.nowMs() + timerS * 1000 };
      const key = utf8ToBytes(`call ${entry.peer} ${entry.call}`);
      const message = { chat, sender, atMs: entry.atMs, text: '', bound: true, key, ...gone };
      const number = store.addMessage(actor, message);
      if (number === undefined) return;
      const { isIncoming, video, outcome, lengthMs, isLost } = entry;
      store.putCall(number, { isIncoming, video, outcome, lengthMs, isLost });
    });
    filed(chat);
  }

  /** Looks again when the phase has lasted too long. */
  #arm(actor: string, line: Line): void {
    line.timer?.abort();
    line.timer = undefined;
    const deadlineMs = callDeadlineMs(line.state);
    if (deadlineMs === undefined) return;
    const timer = new AbortController();
    line.timer = timer;
    const { clock } = this.#parts;
    clock.sleep(Math.max(1, deadlineMs - clock.nowMs()), timer.signal).then(
      () => this.#step(actor, { type: 'tick' }),
      () => undefined,
    );
  }

  #callView(actor: string, { state, seat }: Line): CallView | undefined {
    const { call } = state;
    if (call === undefined) return undefined;
    const { phase } = call;
    return {
      actor,
      actorName: this.#parts.nameOf(actor, actor),
      call: call.id,
      chat: `p:${call.peer}`,
      peer: this.#person(actor, call.peer),
      incoming: call.role === 'callee',
      video: call.video,
      phase: phase.kind,
      rings: phase.kind === 'calling' && phase.heard === 'ringing',
      ...('sinceMs' in phase ? { sinceMs: phase.sinceMs } : {}),
      ...(seat === undefined ? {} : { seat }),
    };
  }

  #endedView(actor: string, entry: CallEntry): EndedCallView {
    const { call, peer, isIncoming: incoming, video, outcome, lengthMs, isLost: lost } = entry;
    return { actor, call, peer: this.#person(actor, peer), incoming, video, outcome, lengthMs, lost };
  }

  #person(actor: string, id: string) {
    return { id, name: this.#parts.nameOf(actor, id) };
  }
}
