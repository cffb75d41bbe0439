// The cameras of this console's machines: how they are set up, their pictures for the owner, a single one for a buyer
// whom the owner lets see it, and photographs at layer changes: their hashes go into the signed record of the print, the
// pictures, where the owner wants them, encrypted into the content store, bounded, as the film of the print. Only the
// owner of a machine says where its camera is, and nothing but pictures ever comes back.

import type { CameraFrame, CameraSettings, CameraView, OrderPicture } from '../../api/index.ts';
import type { Bytes, Clock, Fault, Log, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cameraFault, encodeJpeg, type Picture } from '../../camera/index.ts';
import { deviceFault } from '../../devices/index.ts';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from '../../devices/virtual/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Job } from '../../jobs/index.ts';
import { runningJob } from '../../jobs/index.ts';
import { type CameraEnd, followCamera, parseCameraAddress } from '../adapters/http-camera.ts';
import type { MachineHandle } from '../adapters/machine-service.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { nativeSha256 } from '../adapters/system.ts';
import type { Vault } from '../adapters/vault.ts';
import { CameraFeed, type CameraTalk } from './camera-feed.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { JobStore } from './job-store.ts';
import type { Machines } from './machines.ts';
import type { Orders } from './orders.ts';
import { faultView } from './tasks.ts';
import type { Timelapses } from './timelapses.ts';

export type CameraParts = {
  readonly database: Sqlite;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly log: Log;
  readonly identities: Identities;
  readonly machines: Machines;
  readonly orders: Orders;
  readonly store: JobStore;
  readonly timelapses: Timelapses;
};

export type CameraInput = CameraSettings & { readonly password?: string | undefined };

/** How long a question for the next picture may stay open. */
const FRAME_WAIT_MS = 4_000;
const TEST_WAIT_MS = 9_000;
const PHOTO_WAIT_MS = 3_000;
/** A buyer gets a picture as old as this, so that many lookers cost no more than one. */
const BUYER_AGE_MS = 10_000;
const VIRTUAL_INTERVAL_MS = 250;

const NO_CAMERA: CameraSettings = {
  source: 'none',
  url: '',
  user: '',
  rotate: 0,
  flip: false,
  showsBuyers: false,
  timelapse: true,
};

type Row = { readonly settings: string; readonly password: Buffer | null };

export class Cameras {
  readonly #parts: CameraParts;
  readonly #feeds = new Map<string, CameraFeed>();
  #closed = false;

  constructor(parts: CameraParts) {
    this.#parts = parts;
  }

  view(id: string): Result<CameraView> {
    const own = this.#parts.machines.row(id);
    if (!own.ok) return own;
    return ok({ ...this.#settings(id), hasPassword: this.#row(id)?.password != null });
  }

  /** An absent password stays what it was, unless the camera is another one. */
  save(id: string, input: CameraInput): Result<void> {
    const own = this.#parts.machines.row(id);
    if (!own.ok) return own;
    const { password, ...typed } = input;
    const checked = this.#checked(id, typed);
    if (!checked.ok) return checked;
    const settings = checked.value;
    const { database, vault, bus } = this.#parts;
    const kept = sameHost(this.#settings(id).url, settings.url) ? (this.#row(id)?.password ?? null) : null;
    const sealed =
      password === undefined ? kept : vault.seal(purposeOf(id), Buffer.from(password.slice(0, 512), 'utf8'));
    database
      .prepare(
        `INSERT INTO cameras (machine, settings, password) VALUES (?, ?, ?)
         ON CONFLICT (machine) DO UPDATE SET settings = excluded.settings, password = excluded.password`,
      )
      .run(id, JSON.stringify(settings), sealed);
    this.#feeds.get(id)?.close();
    this.#feeds.delete(id);
    bus.changed('machines', id);
    return ok(undefined);
  }

  /** Looks once at what was typed; nothing is kept. */
  async test(id: string, input: CameraInput): Promise<Result<Picture>> {
    const own = this.#parts.machines.row(id);
    if (!own.ok) return own;
    const checked = this.#checked(id, input);
    if (!checked.ok) return checked;
    const talk = this.#talkTo(id, checked.value, input.password);
    const stop = new AbortController();
    let found: Picture | undefined;
    const late = this.#parts.clock.sleep(TEST_WAIT_MS, stop.signal).then(
      () => stop.abort(),
      () => undefined,
    );
    const end = await talk((picture) => {
      found ??= picture;
      stop.abort();
    }, stop.signal);
    stop.abort();
    await late;
    if (found !== undefined) return ok(found);
    return refuse(end.kind === 'fault' ? end.fault : cameraFault('camera.none'));
  }

  /** The newest picture behind `after`, or what is known where none comes soon. For the owner. */
  async frame(id: string, after: number, signal: AbortSignal | undefined): Promise<Result<CameraFrame>> {
    const own = this.#parts.machines.row(id);
    if (!own.ok) return own;
    const feed = this.#feed(id);
    if (feed === undefined) return refuse(cameraFault('camera.none'));
    await feed.next(after, FRAME_WAIT_MS, signal);
    const { shown, fault } = feed;
    const { rotate, flip } = this.#settings(id);
    return ok({
      seq: shown?.seq ?? 0,
      state: feed.state,
      fps: feed.fps,
      ageMs: shown === undefined ? null : this.#parts.clock.monotonicMs() - shown.atMs,
      width: shown?.picture.width ?? 0,
      height: shown?.picture.height ?? 0,
      rotate,
      flip,
      ...(fault === undefined ? {} : { fault: faultView(fault) }),
      ...(shown === undefined || shown.seq === after ? {} : { picture: blobOf(shown.picture.jpeg) }),
    });
  }

  /** For the buyer of an order that is being printed, where the owner of the machine lets buyers see. */
  async orderPicture(actor: string, orderId: string): Promise<Result<OrderPicture>> {
    const { identities, orders, store, machines, clock } = this.#parts;
    identities.keyPair(actor);
    const order = await orders.open(orderId);
    if (!order.ok) return order;
    const buyer = order.value.instance.roles['buyer'];
    const job = store
      .ofOrder(orderId)
      .find(({ machineId, id }) => runningJob(store.state, machineId)?.id === id);
    const settings = job === undefined ? NO_CAMERA : this.#settings(job.machineId);
    const feed = job === undefined ? undefined : this.#feed(job.machineId);
    const allowed =
      settings.showsBuyers &&
      buyer !== undefined &&
      addressToText(buyer).toLowerCase() === actor.toLowerCase();
    if (job === undefined || feed === undefined || !allowed) return refuse(cameraFault('camera.not-allowed'));
    const recent = feed.shown !== undefined && clock.monotonicMs() - feed.shown.atMs <= BUYER_AGE_MS;
    const shown = recent ? feed.shown : await feed.fresh(FRAME_WAIT_MS);
    if (shown === undefined) return refuse(feed.fault ?? cameraFault('camera.none'));
    const progress = machines.live(job.machineId).progress(undefined);
    return ok({
      ageMs: clock.monotonicMs() - shown.atMs,
      layer: progress?.layer ?? 0,
      layersTotal: progress?.layersTotal ?? 0,
      rotate: settings.rotate,
      flip: settings.flip,
      picture: blobOf(shown.picture.jpeg),
    });
  }

  /**
   * Photographs a print at its layer changes and at its end; undefined where the machine has no camera or its owner wants
   * no pictures kept. A picture that does not come in time is left out: no print waits for a camera.
   */
  follow(job: Job, handle: MachineHandle): (() => void) | undefined {
    const { machines } = this.#parts;
    const feed = this.#settings(job.machineId).timelapse ? this.#feed(job.machineId) : undefined;
    if (feed === undefined) return undefined;
    let [layer, waiting] = [0, 0];
    // One after the other, so that the film and the record name them in one order.
    let turn: Promise<unknown> = Promise.resolve();
    const photograph = (at: number, last: boolean) => {
      waiting++;
      turn = turn
        .then(() => take(at, last))
        .then(
          () => waiting--,
          (error: unknown) => {
            waiting--;
            this.#parts.log('warn', 'camera.photo-failed', { job: job.id, error });
          },
        );
    };
    const take = async (at: number, last: boolean) => {
      const shown = await feed.fresh(PHOTO_WAIT_MS);
      const note = { jobId: job.id, layer: at, last };
      if (shown === undefined) return void handle.photo(note);
      const { jpeg } = shown.picture;
      const hash = nativeSha256(jpeg);
      void handle.photo({ ...note, hash });
      await this.#parts.timelapses.add(job, { layer: at, jpeg, hash });
    };
    return machines.live(job.machineId).onEvent((event) => {
      if (event.type === 'end') photograph(layer, true);
      if (event.type !== 'progress' || waiting > 0) return;
      const { progress } = event;
      const every = this.#parts.timelapses.everyLayers(progress.layersTotal);
      if (progress.layer === layer || progress.layer % every !== 0) return;
      layer = progress.layer;
      photograph(layer, false);
    });
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  /** Buyers may see pictures of this machine, and there can be some. */
  showsBuyers(id: string): boolean {
    const { showsBuyers, source } = this.#settings(id);
    return showsBuyers && source !== 'none';
  }

  /** A picture from now, or nearly; undefined where none comes in time. */
  async recent(id: string): Promise<Bytes | undefined> {
    const feed = this.#feed(id);
    const { clock } = this.#parts;
    const isRecent = feed?.shown !== undefined && clock.monotonicMs() - feed.shown.atMs <= BUYER_AGE_MS;
    const shown = isRecent ? feed.shown : await feed?.fresh(FRAME_WAIT_MS);
    return shown?.picture.jpeg;
  }

  turning(id: string): Pick<CameraSettings, 'rotate' | 'flip'> {
    const { rotate, flip } = this.#settings(id);
    return { rotate, flip };
  }

  #row(id: string): Row | undefined {
    return this.#parts.database
      .prepare<[string], Row>('SELECT settings, password FROM cameras WHERE machine = ?')
      .get(id);
  }

  /** A virtual printer is seen from the start. */
  #settings(id: string): CameraSettings {
    const row = this.#row(id);
    if (row !== undefined) return { ...NO_CAMERA, ...(JSON.parse(row.settings) as Partial<CameraSettings>) };
    const machine = this.#parts.machines.row(id);
    const isVirtual = machine.ok && machine.value.driver === 'virtual';
    return isVirtual ? { ...NO_CAMERA, source: 'virtual' } : NO_CAMERA;
  }

  #checked(id: string, typed: CameraSettings): Result<CameraSettings> {
    const machine = this.#parts.machines.row(id);
    if (typed.source === 'virtual' && machine.ok && machine.value.driver !== 'virtual')
      return refuse(deviceFault('device.not-virtual'));
    if (typed.source !== 'network') return ok({ ...typed, url: '', user: '' });
    const url = parseCameraAddress(typed.url);
    return url.ok ? ok({ ...typed, url: url.value }) : url;
  }

  #feed(id: string): CameraFeed | undefined {
    const known = this.#feeds.get(id);
    if (known !== undefined || this.#closed) return known;
    const settings = this.#settings(id);
    if (settings.source === 'none') return undefined;
    const feed = new CameraFeed(this.#talkTo(id, settings, undefined), this.#parts.clock);
    this.#feeds.set(id, feed);
    return feed;
  }

  #talkTo(id: string, settings: CameraSettings, typedPassword: string | undefined): CameraTalk {
    const { clock } = this.#parts;
    if (settings.source === 'virtual') return (onPicture, signal) => this.#virtual(id, onPicture, signal);
    if (settings.source === 'none') return async () => ({ kind: 'fault', fault: cameraFault('camera.none') });
    return async (onPicture, signal) => {
      const password = typedPassword ?? this.#password(id, settings.url);
      if (password === undefined) return failed(cameraFault('camera.password.unreadable'));
      const source = { url: settings.url, user: settings.user, password };
      return followCamera({ source, clock, onPicture, signal });
    };
  }

  #password(id: string, url: string): string | undefined {
    const sealed = this.#row(id)?.password ?? null;
    // What was typed for one camera is never said to another.
    if (sealed === null || !sameHost(this.#settings(id).url, url)) return '';
    const opened = this.#parts.vault.open(purposeOf(id), new Uint8Array(sealed));
    return opened === undefined ? undefined : Buffer.from(opened).toString('utf8');
  }

  /** Rendered where the virtual printer lives, encoded here. */
  async #virtual(id: string, onPicture: (picture: Picture) => void, signal: AbortSignal): Promise<CameraEnd> {
    const { machines, clock } = this.#parts;
    while (!signal.aborted) {
      const handle = machines.live(id).handle;
      const picture = await (handle?.picture() ?? refuse(deviceFault('device.not-connected')));
      if (!picture.ok) return failed(picture.fault);
      const jpeg = encodeJpeg(picture.value, PICTURE_WIDTH, PICTURE_HEIGHT);
      onPicture({ jpeg, width: PICTURE_WIDTH, height: PICTURE_HEIGHT });
      await clock.sleep(VIRTUAL_INTERVAL_MS, signal).catch(() => undefined);
    }
    return { kind: 'picture' };
  }
}

function failed(fault: Fault): CameraEnd {
  return { kind: 'fault', fault };
}

function purposeOf(id: string): string {
  return `camera/${id}`;
}

function sameHost(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).host === new URL(b).host;
}

function blobOf(jpeg: Bytes): Blob {
  return new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' });
}
