// One account's calls as a state machine: at most one call at a time, whoever else rings is told that the line is busy. It
// decides; ringing, media, time and messages are for others. Nothing that names a way to a person is sent before both
// sides have said that they want to talk.
//
//   start ──► calling ──accept──► connecting ──► talking ◄──► interrupted
//   invite ─► ringing ──accept──────┘              │              │
//                │                                 ▼              ▼
//                └──────── decline, end, time ──► over, with one entry for the history

import type { CallContent, CallSaid, EndReason } from './contents.ts';
import type { Candidate, Description } from './description.ts';
import { BUSY_GRACE_MS, CONNECT_MS, LOST_MS, RECENT_MAX, RING_MS, SIGNAL_LIFE_S, SKEW_S } from './limits.ts';

/**
 * How a call went: `talked`; `missed` by me; `unanswered`, `declined`, `busy` by the other or, where it came in, by me;
 * `cancelled` by the caller before anybody answered; `elsewhere`: another device of mine took it; `failed`: no way to each
 * other was found.
 */
export type CallOutcome =
  | 'talked'
  | 'missed'
  | 'unanswered'
  | 'declined'
  | 'busy'
  | 'cancelled'
  | 'elsewhere'
  | 'failed';

export type CallEntry = {
  readonly call: string;
  readonly peer: string;
  readonly isIncoming: boolean;
  readonly video: boolean;
  readonly outcome: CallOutcome;
  readonly atMs: number;
  /** 0 unless there was talk. */
  readonly lengthMs: number;
  /** It ended because the line was lost. */
  readonly isLost: boolean;
};

export type CallPhase =
  /** `heard`: what the other side's devices said so far. */
  | { readonly kind: 'calling'; readonly untilMs: number; readonly heard: 'nothing' | 'ringing' | 'busy' }
  | { readonly kind: 'ringing'; readonly untilMs: number }
  | { readonly kind: 'connecting'; readonly untilMs: number }
  | { readonly kind: 'talking'; readonly sinceMs: number }
  | { readonly kind: 'interrupted'; readonly sinceMs: number; readonly untilMs: number };

export type Call = {
  readonly id: string;
  readonly peer: string;
  readonly role: 'caller' | 'callee';
  /** The call is one with pictures. */
  readonly video: boolean;
  readonly startedMs: number;
  /** The peer's device at the other end; unknown to the caller until one accepts. */
  readonly device?: string;
  /** Of the peer's first description: it stays the same for the whole call. */
  readonly fingerprint?: string;
  readonly phase: CallPhase;
};

export type CallState = {
  readonly call?: Call;
  /** Ids of calls that are over, the newest last. */
  readonly recent: readonly string[];
};
export const NO_CALLS: CallState = { recent: [] };

export type CallInput =
  | { readonly type: 'start'; readonly call: string; readonly peer: string; readonly video: boolean }
  /** `rings`: invitations of this person may make a noise. */
  | { readonly type: 'hear'; readonly peer: string; readonly content: CallContent; readonly rings: boolean }
  | { readonly type: 'accept' }
  /** Ends whatever there is: declines what rings, hangs up the rest. */
  | { readonly type: 'end'; readonly reason: 'hangup' | 'failed' | 'lost' }
  /** From the page that holds the media. */
  | {
      readonly type: 'describe';
      readonly act: 'offer' | 'answer';
      readonly round: number;
      readonly description: Description;
    }
  | { readonly type: 'candidates'; readonly round: number; readonly list: readonly Candidate[] }
  | { readonly type: 'restart' }
  | { readonly type: 'connected' }
  | { readonly type: 'interrupted' }
  | { readonly type: 'tick' };

/** For the page that holds the media. */
export type MediaSignal =
  | { readonly kind: 'begin'; readonly role: 'caller' | 'callee' }
  | { readonly kind: 'offer' | 'answer'; readonly round: number; readonly sdp: string }
  | { readonly kind: 'candidates'; readonly round: number; readonly list: readonly Candidate[] }
  | { readonly kind: 'restart' };

export type CallEffect =
  | { readonly type: 'send'; readonly peer: string; readonly content: CallContent }
  | { readonly type: 'media'; readonly signal: MediaSignal }
  | { readonly type: 'log'; readonly entry: CallEntry };

export type CallContext = { readonly nowMs: number; readonly device: string };
export type CallStep = { readonly state: CallState; readonly effects: readonly CallEffect[] };

/** When the next tick matters; undefined where only others can change anything. */
export function callDeadlineMs({ call }: CallState): number | undefined {
  return call === undefined || call.phase.kind === 'talking' ? undefined : call.phase.untilMs;
}

export function stepCall(state: CallState, input: CallInput, context: CallContext): CallStep {
  const { call } = state;
  if (input.type === 'start') return call === undefined ? start(state, input, context) : still(state);
  if (input.type === 'hear') return hear(state, input, context);
  if (call === undefined) return still(state);
  switch (input.type) {
    case 'accept':
      return call.phase.kind === 'ringing' ? accept(state, call, context) : still(state);
    case 'end':
      return hangUp(state, call, input.reason, context);
    case 'tick':
      return tick(state, call, context);
    case 'connected':
    case 'interrupted':
      return change(state, call, input.type, context);
    case 'describe':
    case 'candidates':
    case 'restart':
      return sayMedia(state, call, input, context);
  }
}

const still = (state: CallState): CallStep => ({ state, effects: [] });

function send(call: Pick<Call, 'id' | 'peer' | 'device'>, said: CallSaid, context: CallContext): CallEffect {
  const { id, peer, device } = call;
  const lifeS = said.act === 'invite' ? RING_MS / 1000 : SIGNAL_LIFE_S;
  const expiresS = context.nowMs / 1000 + lifeS;
  const to = device === undefined ? {} : { to: device };
  return { type: 'send', peer, content: { call: id, from: context.device, expiresS, said, ...to } };
}

const remember = (recent: readonly string[], ...ids: readonly string[]): readonly string[] =>
  [...recent.filter((id) => !ids.includes(id)), ...ids].slice(-RECENT_MAX);

function over(
  state: CallState,
  call: Call,
  outcome: CallOutcome,
  { nowMs }: CallContext,
  effects: readonly CallEffect[] = [],
  isLost = false,
): CallStep {
  const { id, peer, role, video, startedMs, phase } = call;
  const sinceMs = 'sinceMs' in phase ? phase.sinceMs : undefined;
  const entry: CallEntry = {
    call: id,
    peer,
    isIncoming: role === 'callee',
    video,
    outcome: sinceMs === undefined ? outcome : 'talked',
    atMs: startedMs,
    lengthMs: sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs),
    isLost,
  };
  return { state: { recent: remember(state.recent, id) }, effects: [...effects, { type: 'log', entry }] };
}

type Start = Extract<CallInput, { type: 'start' }>;
function start(state: CallState, { call: id, peer, video }: Start, context: CallContext): CallStep {
  const { nowMs } = context;
  const phase = { kind: 'calling', untilMs: nowMs + RING_MS, heard: 'nothing' } as const;
  const call: Call = { id, peer, role: 'caller', video, startedMs: nowMs, phase };
  return { state: { ...state, call }, effects: [send(call, { act: 'invite', video }, context)] };
}

function accept(state: CallState, call: Call, context: CallContext): CallStep {
  const phase = { kind: 'connecting', untilMs: context.nowMs + CONNECT_MS } as const;
  return {
    state: { ...state, call: { ...call, phase } },
    effects: [
      send(call, { act: 'accept' }, context),
      { type: 'media', signal: { kind: 'begin', role: 'callee' } },
    ],
  };
}

function hangUp(
  state: CallState,
  call: Call,
  reason: 'hangup' | 'failed' | 'lost',
  context: CallContext,
): CallStep {
  const { kind } = call.phase;
  if (kind === 'ringing')
    return over(state, call, 'declined', context, [send(call, { act: 'decline' }, context)]);
  const told = send(call, { act: 'end', reason }, context);
  const outcome = kind === 'calling' && reason === 'hangup' ? 'cancelled' : 'failed';
  const isCancelled = kind === 'connecting' && reason === 'hangup';
  return over(state, call, isCancelled ? 'cancelled' : outcome, context, [told], reason === 'lost');
}

function tick(state: CallState, call: Call, context: CallContext): CallStep {
  const { phase } = call;
  if (phase.kind === 'talking' || context.nowMs < phase.untilMs) return still(state);
  const end = (reason: EndReason) => [send(call, { act: 'end', reason }, context)];
  switch (phase.kind) {
    case 'ringing':
      return over(state, call, 'missed', context);
    case 'calling':
      return over(state, call, phase.heard === 'busy' ? 'busy' : 'unanswered', context, end('unanswered'));
    case 'connecting':
      return over(state, call, 'failed', context, end('failed'));
    case 'interrupted':
      return over(state, call, 'talked', context, end('lost'), true);
  }
}

function change(
  state: CallState,
  call: Call,
  what: 'connected' | 'interrupted',
  { nowMs }: CallContext,
): CallStep {
  const { phase } = call;
  if (what === 'connected' && (phase.kind === 'connecting' || phase.kind === 'interrupted')) {
    const sinceMs = phase.kind === 'interrupted' ? phase.sinceMs : nowMs;
    return still({ ...state, call: { ...call, phase: { kind: 'talking', sinceMs } } });
  }
  if (what === 'interrupted' && phase.kind === 'talking') {
    const { sinceMs } = phase;
    const lost = { kind: 'interrupted', sinceMs, untilMs: nowMs + LOST_MS } as const;
    return still({ ...state, call: { ...call, phase: lost } });
  }
  return still(state);
}

type Media = Extract<CallInput, { type: 'describe' | 'candidates' | 'restart' }>;
function sayMedia(state: CallState, call: Call, input: Media, context: CallContext): CallStep {
  const { role } = call;
  if (!hasAccepted(call) || call.device === undefined) return still(state);
  // The caller alone makes offers, so two of them never cross.
  const isWrong =
    (input.type === 'describe' && (input.act === 'offer') !== (role === 'caller')) ||
    (input.type === 'restart' && role === 'caller');
  if (isWrong) return still(state);
  const said: CallSaid =
    input.type === 'describe'
      ? { act: input.act, round: input.round, description: input.description }
      : input.type === 'candidates'
        ? { act: 'candidates', round: input.round, list: input.list }
        : { act: 'restart' };
  return { state, effects: [send(call, said, context)] };
}

const hasAccepted = ({ phase }: Call): boolean => phase.kind !== 'calling' && phase.kind !== 'ringing';

type Hear = Extract<CallInput, { type: 'hear' }>;
function hear(state: CallState, input: Hear, context: CallContext): CallStep {
  const { peer, content } = input;
  const { call } = state;
  if (content.said.act === 'invite') return hearInvite(state, input, content.said.video, context);
  if (call === undefined || call.id !== content.call || call.peer !== peer) return still(state);
  // That it is over is never too late to hear.
  if (isStale(content, context) && content.said.act !== 'end') return still(state);
  return call.role === 'caller'
    ? hearCallee(state, call, content, context)
    : hearCaller(state, call, content, context);
}

const isStale = ({ expiresS }: CallContent, { nowMs }: CallContext): boolean =>
  expiresS + SKEW_S < nowMs / 1000;

function hearInvite(state: CallState, input: Hear, video: boolean, context: CallContext): CallStep {
  const { peer, content, rings } = input;
  const { call, recent } = state;
  const { nowMs } = context;
  if (recent.includes(content.call) || call?.id === content.call) return still(state);
  // It waited somewhere on its way.
  const isLate = isStale(content, context);
  const invited: Call = {
    id: content.call,
    peer,
    role: 'callee',
    video,
    startedMs: isLate ? Math.max(0, content.expiresS * 1000 - RING_MS) : nowMs,
    device: content.from,
    phase: { kind: 'ringing', untilMs: nowMs + RING_MS },
  };
  const missed = over(state, invited, 'missed', context);
  const keep = call === undefined ? {} : { call };
  const miss = (more: readonly CallEffect[]): CallStep => ({
    state: { ...missed.state, ...keep },
    effects: [...more, ...missed.effects],
  });
  if (isLate || !rings) return miss([]);
  if (call === undefined) return ring(state, invited, context);
  if (call.peer !== peer) return miss([send(invited, { act: 'busy' }, context)]);
  if (call.phase.kind === 'calling') return glare(state, call, invited, context);
  // Whoever calls again has given up the call before: its console was started anew, or its line was lost.
  if (call.phase.kind === 'ringing') return ring({ recent: remember(recent, call.id) }, invited, context);
  if (call.phase.kind !== 'interrupted') return miss([send(invited, { act: 'busy' }, context)]);
  const ended = over(state, call, 'talked', context, [], true);
  const rung = ring(ended.state, invited, context);
  return { state: rung.state, effects: [...ended.effects, ...rung.effects] };
}

const ring = (state: CallState, call: Call, context: CallContext): CallStep => ({
  state: { ...state, call },
  effects: [send(call, { act: 'ringing' }, context)],
});

/** Both call each other. The call with the smaller id is the one; both know which, and both want to talk. */
function glare(state: CallState, mine: Call, theirs: Call, context: CallContext): CallStep {
  if (mine.id < theirs.id) return still({ ...state, recent: remember(state.recent, theirs.id) });
  // Their other devices ring for mine.
  const dropped = send(mine, { act: 'end', reason: 'glare' }, context);
  const recent = remember(state.recent, mine.id);
  const accepted = accept({ recent }, { ...theirs, video: theirs.video || mine.video }, context);
  return { state: accepted.state, effects: [dropped, ...accepted.effects] };
}

/** What the called says to the caller. */
function hearCallee(state: CallState, call: Call, content: CallContent, context: CallContext): CallStep {
  const { said, from } = content;
  const { phase } = call;
  if (phase.kind !== 'calling') {
    if (said.act === 'accept' && from !== call.device)
      return { state, effects: [send(call, { act: 'taken' }, context)] };
    return hearMedia(state, call, content, context);
  }
  switch (said.act) {
    case 'ringing': {
      // Not longer than from its beginning, however many devices ring.
      const rung = { ...phase, heard: 'ringing', untilMs: call.startedMs + RING_MS } as const;
      return still({ ...state, call: { ...call, phase: rung } });
    }
    case 'busy': {
      if (phase.heard !== 'nothing') return still(state);
      const untilMs = Math.min(phase.untilMs, context.nowMs + BUSY_GRACE_MS);
      return still({ ...state, call: { ...call, phase: { ...phase, heard: 'busy', untilMs } } });
    }
    case 'decline':
      return over(state, call, 'declined', context, [
        send(call, { act: 'end', reason: 'declined' }, context),
      ]);
    case 'accept': {
      const connecting = { kind: 'connecting', untilMs: context.nowMs + CONNECT_MS } as const;
      const taken: Call = { ...call, device: from, phase: connecting };
      return {
        state: { ...state, call: taken },
        effects: [
          send(taken, { act: 'taken' }, context),
          { type: 'media', signal: { kind: 'begin', role: 'caller' } },
        ],
      };
    }
    case 'end':
      return over(state, call, 'failed', context);
    default:
      return still(state);
  }
}

/** What the caller says to the called. */
function hearCaller(state: CallState, call: Call, content: CallContent, context: CallContext): CallStep {
  const { said, from, to } = content;
  if (from !== call.device) return still(state);
  const { kind } = call.phase;
  if (said.act === 'taken' && to !== context.device && (kind === 'ringing' || kind === 'connecting'))
    return over(state, call, 'elsewhere', context);
  if (kind !== 'ringing') return hearMedia(state, call, content, context);
  if (said.act !== 'end') return still(state);
  // Both called each other, and another device of this account goes on with it.
  if (said.reason === 'glare') return still({ recent: remember(state.recent, call.id) });
  return over(state, call, said.reason === 'declined' ? 'declined' : 'missed', context);
}

/** How a call went that ended for this reason before there was talk. */
const OUTCOMES: Readonly<Record<EndReason, CallOutcome>> = {
  hangup: 'cancelled',
  unanswered: 'missed',
  declined: 'declined',
  failed: 'failed',
  lost: 'failed',
  glare: 'elsewhere',
};

/** What both say once they are on the line. */
function hearMedia(state: CallState, call: Call, content: CallContent, context: CallContext): CallStep {
  const { said, from, to } = content;
  if (from !== call.device || (to !== undefined && to !== context.device)) return still(state);
  const give = (signal: MediaSignal, changed: Call = call): CallStep => ({
    state: { ...state, call: changed },
    effects: [{ type: 'media', signal }],
  });
  switch (said.act) {
    case 'offer':
    case 'answer': {
      if ((said.act === 'offer') !== (call.role === 'callee')) return still(state);
      const { fingerprint, sdp } = said.description;
      if (call.fingerprint !== undefined && call.fingerprint !== fingerprint) return still(state);
      return give({ kind: said.act, round: said.round, sdp }, { ...call, fingerprint });
    }
    case 'candidates':
      return said.list.length === 0
        ? still(state)
        : give({ kind: 'candidates', round: said.round, list: said.list });
    case 'restart':
      return call.role === 'caller' ? give({ kind: 'restart' }) : still(state);
    case 'end':
      return over(state, call, OUTCOMES[said.reason], context, [], said.reason === 'lost');
    default:
      return still(state);
  }
}
