// The calls of this window: its name for itself, the media that it holds, and what its buttons do. The core decides what
// becomes of a call; this follows.

import { create } from 'zustand';
import type { CallView, SeatSignal } from '../../../../node-core/api/index.ts';
import { api, faultOf, notifyFault } from '../../../bridge/index.ts';
import type { DeviceKind, MediaRefusal } from './media.ts';
import { openMedia, openTrack } from './media.ts';
import { MediaLine, type PeerMedia } from './media-line.ts';

/** Names this page among all that are open; another one after each load. */
export const SEAT = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, '0'),
).join('');

export type Media = {
  readonly local: MediaStream;
  readonly remote: MediaStream;
  readonly muted: boolean;
  readonly camera: boolean;
  readonly peer: PeerMedia;
  /** Chosen devices, by kind. */
  readonly chosen: Readonly<Partial<Record<DeviceKind, string>>>;
};

type State = {
  readonly media: Media | undefined;
  /** Why a microphone could not be had. */
  readonly refusal: MediaRefusal | undefined;
  /** A call is being made or taken: its buttons wait. */
  readonly isOpening: boolean;
};
export const useCalls = create<State>(() => ({ media: undefined, refusal: undefined, isOpening: false }));

/** The call whose media are here; its id is empty until the core has given it one. */
type Held = { actor: string; call: string; readonly line: MediaLine; hasBegun: boolean };
let held: Held | undefined;

export async function startCall(actor: string, chat: string, video: boolean): Promise<void> {
  await withMedia(actor, '', video, async (mine) => {
    const { call } = await api.calls.start({ actor, chat, video, seat: SEAT });
    // Where the other side called at the same moment, its call has taken the place of this one.
    if (mine.call === '') mine.call = call;
  });
}

export async function acceptCall({ actor, call }: CallView, video: boolean): Promise<void> {
  await withMedia(actor, call, video, () => api.calls.accept({ actor, call, seat: SEAT }));
}

async function withMedia(
  actor: string,
  call: string,
  video: boolean,
  act: (mine: Held) => Promise<unknown>,
): Promise<void> {
  if (useCalls.getState().isOpening || held !== undefined) return;
  useCalls.setState({ isOpening: true, refusal: undefined });
  const opened = await openMedia(video);
  useCalls.setState({ isOpening: false });
  if ('refusal' in opened) {
    useCalls.setState({ refusal: opened.refusal });
    return;
  }
  const mine = hold(actor, call, opened.stream);
  try {
    await act(mine);
  } catch (error) {
    if (held === mine) letGo();
    notifyFault('error', faultOf(error));
  }
}

function hold(actor: string, call: string, local: MediaStream): Held {
  const line = new MediaLine({
    tracks: () => useCalls.getState().media?.local.getTracks() ?? [],
    report(report) {
      if (held?.line !== line || held.call === '') return;
      api.calls.report({ actor: held.actor, call: held.call, seat: SEAT, report }).catch((error: unknown) => {
        // A call that is over needs no more reports; its end is on its way here.
        const fault = faultOf(error);
        if (fault.code !== 'call.over') notifyFault('error', fault);
      });
    },
    changed: () => patch({ peer: line.peer }),
  });
  const mine: Held = { actor, call, line, hasBegun: false };
  held = mine;
  const camera = local.getVideoTracks().length > 0;
  const peer = { muted: false, camera: false };
  useCalls.setState({ media: { local, remote: line.remote, muted: false, camera, peer, chosen: {} } });
  line.say({ muted: false, camera });
  for (const track of local.getTracks()) watch(track);
  return mine;
}

function letGo(): void {
  held?.line.close();
  held = undefined;
  for (const track of useCalls.getState().media?.local.getTracks() ?? []) track.stop();
  useCalls.setState({ media: undefined });
}

function patch(change: Partial<Media>): void {
  useCalls.setState(({ media }) => (media === undefined ? {} : { media: { ...media, ...change } }));
}

export function endCall({ actor, call }: Pick<CallView, 'actor' | 'call'>): void {
  if (held?.call === call) letGo();
  api.calls.end({ actor, call }).catch((error: unknown) => notifyFault('error', faultOf(error)));
}

export function forgetRefusal(): void {
  useCalls.setState({ refusal: undefined });
}

export function toggleMute(): void {
  const { media } = useCalls.getState();
  if (media === undefined) return;
  const muted = !media.muted;
  for (const track of media.local.getAudioTracks()) track.enabled = !muted;
  patch({ muted });
  tell();
}

/** Off means off: the camera's light goes out. */
export async function toggleCamera(): Promise<void> {
  const { media } = useCalls.getState();
  if (media === undefined) return;
  if (media.camera) await put('video', null);
  else await use('videoinput', media.chosen.videoinput);
}

/** Another microphone, camera or loudspeaker. */
export async function chooseDevice(kind: DeviceKind, id: string): Promise<void> {
  patch({ chosen: { ...useCalls.getState().media?.chosen, [kind]: id } });
  if (kind !== 'audiooutput') await use(kind, id);
}

async function use(kind: 'audioinput' | 'videoinput', id: string | undefined): Promise<void> {
  const of = kind === 'audioinput' ? 'audio' : 'video';
  const track = await openTrack(of, id);
  if (typeof track === 'string') useCalls.setState({ refusal: track });
  else await put(of, track);
}

async function put(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
  const { media } = useCalls.getState();
  if (media === undefined) {
    track?.stop();
    return;
  }
  const kept = media.local.getTracks().filter((one) => one.kind !== kind);
  for (const old of media.local.getTracks()) if (old.kind === kind) old.stop();
  if (track !== null) {
    watch(track);
    track.enabled = kind === 'video' || !media.muted;
  }
  const local = new MediaStream(track === null ? kept : [...kept, track]);
  patch({ local, ...(kind === 'video' ? { camera: track !== null } : {}) });
  await held?.line.replace(kind, track);
  tell();
}

/** A device that is pulled out makes room for the one that the browser prefers, or for none. */
function watch(track: MediaStreamTrack): void {
  track.addEventListener('ended', () => {
    if (useCalls.getState().media?.local.getTracks().includes(track) !== true) return;
    if (track.kind === 'video') void put('video', null);
    else void use('audioinput', undefined);
  });
}

function tell(): void {
  const { media } = useCalls.getState();
  if (media !== undefined) held?.line.say({ muted: media.muted, camera: media.camera });
}

/** What the core wants of the media. */
function take(signal: SeatSignal): void {
  if (held === undefined) return;
  if (signal.kind === 'begin' && !held.hasBegun) {
    held.hasBegun = true;
    held.call = signal.call;
  }
  if (signal.call !== held.call) return;
  if (signal.kind === 'over') letGo();
  else held.line.take(signal);
}

const AGAIN_MS = 500;

/** Listens for as long as the window is there. */
export async function followSeat(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      for await (const signal of await api.calls.seat({ seat: SEAT }, { signal: stop })) take(signal);
    } catch {
      // The connection broke; the transport makes another one.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Lets go of the media of a call that ended while nobody could say so. */
export function settleEnded(ended: readonly { readonly call: string }[]): void {
  if (held !== undefined && ended.some(({ call }) => call === held?.call)) letGo();
}
