// The media of one call: a connection between two pages, set up by what the core passes on. The caller alone makes offers;
// when the line is lost or the network changes, it makes another one over fresh ways. What goes over it is encrypted by
// the browser for the one certificate that the peer signed.

import type { CallSettings, MediaReport, SeatSignal } from '../../../../node-core/api/index.ts';

export type PeerMedia = { readonly muted: boolean; readonly camera: boolean };
export type LineParts = {
  readonly tracks: () => readonly MediaStreamTrack[];
  readonly report: (report: MediaReport) => void;
  /** Something to show is different. */
  readonly changed: () => void;
};

/** Candidates found within this time go together. */
const GATHER_MS = 120;
const CANDIDATES_MAX = 40;
/** Candidates that came before their description wait, so many messages of them at most. */
const EARLY_MAX = 16;
/** A line that stumbles is given this long to find its feet, then new ways are tried, again and again. */
const PATIENCE_MS = 2_000;
const AGAIN_MS = 5_000;

type Candidate = { readonly candidate: string; readonly mid: string };

export class MediaLine {
  readonly remote = new MediaStream();
  peer: PeerMedia = { muted: false, camera: false };
  readonly #parts: LineParts;
  #connection: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;
  #role: 'caller' | 'callee' = 'caller';
  #said: PeerMedia = { muted: false, camera: false };
  #round = 0;
  /** The round whose description of the peer is in place. */
  #heard = 0;
  #early: { readonly round: number; readonly list: readonly Candidate[] }[] = [];
  #found: Candidate[] = [];
  #hasTalked = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: LineParts) {
    this.#parts = parts;
    window.addEventListener('online', this.#onNetwork);
  }

  take(signal: SeatSignal): void {
    this.#enqueue(async () => {
      if (signal.kind === 'begin') await this.#begin(signal.role, signal.settings);
      else if (signal.kind === 'offer') await this.#answer(signal.round, signal.sdp);
      else if (signal.kind === 'answer') await this.#settle(signal.round, signal.sdp);
      else if (signal.kind === 'candidates') await this.#add(signal.round, signal.list);
      else if (signal.kind === 'restart') await this.#offer(true);
    });
  }

  /** Tells the other side what is switched on. */
  say(media: PeerMedia): void {
    this.#said = media;
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(media));
  }

  /** Another track, or none, in the place of the one that is sent. */
  async replace(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
    await this.#sender(kind)?.replaceTrack(track);
  }

  close(): void {
    window.removeEventListener('online', this.#onNetwork);
    clearTimeout(this.#retry);
    this.#connection?.close();
    this.#connection = undefined;
    this.#channel = undefined;
  }

  /** For tests and for those who want to know: the browser's own figures. */
  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#connection?.getStats();
  }

  readonly #onNetwork = (): void => {
    if (this.#hasTalked) this.#again(0);
  };

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch(() => {
      // A description that this browser cannot use: before there was talk there will be none.
      if (!this.#hasTalked && this.#connection !== undefined) this.#parts.report({ kind: 'failed' });
    });
  }

  async #begin(role: 'caller' | 'callee', { addresses, servers }: CallSettings): Promise<void> {
    if (this.#connection !== undefined) return;
    this.#role = role;
    const connection = new RTCPeerConnection({
      iceServers: servers.map(({ url, username, credential }) =>
        url.startsWith('turn') ? { urls: url, username, credential } : { urls: url },
      ),
      iceTransportPolicy: addresses,
      bundlePolicy: 'max-bundle',
    });
    this.#connection = connection;
    connection.addEventListener('track', ({ track }) => {
      this.remote.addTrack(track);
      this.#parts.changed();
    });
    connection.addEventListener('icecandidate', ({ candidate }) => this.#gather(candidate));
    connection.addEventListener('connectionstatechange', () => this.#follow());
    const channel = connection.createDataChannel('state', { negotiated: true, id: 0 });
    this.#channel = channel;
    channel.addEventListener('open', () => this.say(this.#said));
    channel.addEventListener('message', ({ data }) => this.#hear(data));
    if (role === 'callee') return;
    // Both from the beginning, so that a camera can be switched on without asking anew.
    for (const kind of ['audio', 'video'] as const)
      connection.addTransceiver(kind, { direction: 'sendrecv' });
    await this.#send();
    await this.#offer(false);
  }

  async #send(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) {
      const track = this.#parts.tracks().find((one) => one.kind === kind) ?? null;
      await this.replace(kind, track);
    }
  }

  #sender(kind: 'audio' | 'video'): RTCRtpSender | undefined {
    return this.#connection?.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)?.sender;
  }

  async #offer(isRestart: boolean): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || this.#role !== 'caller') return;
    // An offer that nobody answered is taken back before the next.
    if (connection.signalingState === 'have-local-offer')
      await connection.setLocalDescription({ type: 'rollback' });
    this.#round += 1;
    this.#found = [];
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: isRestart }));
    this.#describe('offer');
  }

  async #answer(round: number, sdp: string): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || round <= this.#round) return;
    this.#round = round;
    this.#found = [];
    await connection.setRemoteDescription({ type: 'offer', sdp });
    for (const transceiver of connection.getTransceivers()) transceiver.direction = 'sendrecv';
    await this.#send();
    await connection.setLocalDescription(await connection.createAnswer());
    this.#describe('answer');
    await this.#catchUp();
  }

  async #settle(round: number, sdp: string): Promise<void> {
    const connection = this.#connection;
    if (connection?.signalingState !== 'have-local-offer' || round !== this.#round) return;
    await connection.setRemoteDescription({ type: 'answer', sdp });
    await this.#catchUp();
  }

  #describe(kind: 'offer' | 'answer'): void {
    const sdp = this.#connection?.localDescription?.sdp;
    if (sdp !== undefined) this.#parts.report({ kind, round: this.#round, sdp });
  }

  async #catchUp(): Promise<void> {
    this.#heard = this.#round;
    const early = this.#early;
    this.#early = [];
    for (const { round, list } of early) await this.#add(round, list);
  }

  async #add(round: number, list: readonly Candidate[]): Promise<void> {
    if (round > this.#heard) {
      if (this.#early.length < EARLY_MAX) this.#early.push({ round, list });
      return;
    }
    if (round < this.#heard) return;
    // One way that this browser cannot go leaves the others.
    for (const { candidate, mid } of list)
      await this.#connection?.addIceCandidate({ candidate, sdpMid: mid }).catch(() => undefined);
  }

  #gather(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '') return;
    if (this.#found.length === 0) setTimeout(() => this.#flush(), GATHER_MS);
    this.#found.push({ candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' });
  }

  #flush(): void {
    const found = this.#found;
    this.#found = [];
    for (let start = 0; start < found.length; start += CANDIDATES_MAX) {
      const list = found.slice(start, start + CANDIDATES_MAX);
      this.#parts.report({ kind: 'candidates', round: this.#round, list });
    }
  }

  #follow(): void {
    const state = this.#connection?.connectionState;
    if (state === 'connected') {
      this.#hasTalked = true;
      clearTimeout(this.#retry);
      this.#parts.report({ kind: 'connected' });
    } else if (state === 'failed' && !this.#hasTalked) this.#parts.report({ kind: 'failed' });
    else if (state === 'disconnected' || state === 'failed') {
      this.#parts.report({ kind: 'interrupted' });
      this.#again(state === 'failed' ? 0 : PATIENCE_MS);
    }
    this.#parts.changed();
  }

  /** Tries new ways to the other side until the line stands, or the core gives up. */
  #again(delayMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.#connection === undefined) return;
      if (this.#role === 'caller') this.#enqueue(() => this.#offer(true));
      else this.#parts.report({ kind: 'restart' });
      if (this.#connection.connectionState !== 'connected') this.#again(AGAIN_MS);
    }, delayMs);
  }

  /** Two switches and nothing else, whatever the other side writes there. */
  #hear(data: unknown): void {
    if (typeof data !== 'string' || data.length > 200) return;
    try {
      const { muted, camera } = JSON.parse(data) as { muted?: unknown; camera?: unknown };
      this.peer = { muted: muted === true, camera: camera === true };
      this.#parts.changed();
    } catch {
      // Not from a console; what is shown stays.
    }
  }
}
