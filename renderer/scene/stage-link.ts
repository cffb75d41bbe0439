// The page's end of a stage: puts its canvas into the page and passes commands to where it is drawn, a worker where the
// browser can draw in one, else this page. Making a 3D context takes long where 3D is computed in software, so one is
// made ahead of its use and one is kept for the next view.

import type { FromStageWorker, StageCommand, StageNews, StageSize, ToStageWorker } from './stage-messages.ts';

type Listener = (news: StageNews) => void;

/** A canvas and whoever draws on it. */
type Seat = {
  readonly canvas: HTMLCanvasElement;
  readonly inWorker: boolean;
  listener: Listener;
  readonly send: (command: StageCommand) => void;
  readonly end: () => void;
};

let spare: Seat | undefined;
let worker: Worker | undefined;
/** Set for good once drawing in a worker turned out not to work in this browser. */
let workerFailed =
  !('OffscreenCanvas' in globalThis) || !('transferControlToOffscreen' in HTMLCanvasElement.prototype);
let seatCount = 0;
const workerSeats = new Map<number, Seat>();

function makeSeat(): Seat {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  return workerFailed ? seatHere(canvas) : seatInWorker(canvas);
}

function seatInWorker(canvas: HTMLCanvasElement): Seat {
  worker ??= startWorker();
  const to = worker;
  const stage = ++seatCount;
  const post = (message: ToStageWorker, transfer: Transferable[] = []): void =>
    to.postMessage(message, transfer);
  const seat: Seat = {
    canvas,
    inWorker: true,
    listener: () => undefined,
    send: (command) => post({ stage, command }),
    end: () => {
      workerSeats.delete(stage);
      post({ stage, close: true });
    },
  };
  workerSeats.set(stage, seat);
  const offscreen = canvas.transferControlToOffscreen();
  post({ stage, canvas: offscreen }, [offscreen]);
  return seat;
}

function startWorker(): Worker {
  const started = new Worker(new URL('./stage-worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<FromStageWorker>) => {
    if (data.news.news === 'failed') workerFailed = true;
    workerSeats.get(data.stage)?.listener(data.news);
  };
  started.onerror = () => {
    // It could not start, or cannot go on: from now on this page draws itself.
    workerFailed = true;
    worker = undefined;
    started.terminate();
    for (const seat of [...workerSeats.values()]) seat.listener({ news: 'failed' });
    workerSeats.clear();
  };
  return started;
}

function seatHere(canvas: HTMLCanvasElement): Seat {
  const seat: Seat = {
    canvas,
    inWorker: false,
    listener: () => undefined,
    send: (command) => void hand.then((made) => made?.do(command)),
    end: () => void hand.then((made) => made?.dispose()),
  };
  // Only here does the page itself load the 3D engine.
  const hand = import('./stagehand.ts').then(({ Stagehand }) => {
    try {
      return new Stagehand(canvas, (news) => seat.listener(news));
    } catch {
      seat.listener({ news: 'failed' });
      return undefined;
    }
  });
  return seat;
}

/** Makes the next stage's 3D context now, while nobody waits for it. */
export function warmStage(): void {
  if (spare !== undefined) return;
  const seat = makeSeat();
  seat.send({ do: 'rehearse' });
  keepAsSpare(seat);
}

function keepAsSpare(seat: Seat): void {
  spare = seat;
  seat.listener = ({ news }) => {
    // The graphics card may take it away while it waits.
    if (news !== 'failed' && news !== 'context') return;
    if (spare === seat) spare = undefined;
    seat.end();
  };
}

export class StageLink {
  readonly #host: HTMLElement;
  readonly #listener: Listener;
  readonly #resize: ResizeObserver;
  /** What was last asked for, to be asked for again where the drawing moves from the worker to the page. */
  readonly #asked = new Map<StageCommand['do'], StageCommand>();
  #seat: Seat | undefined;
  /** It has a 3D context. */
  #healthy = true;

  constructor(host: HTMLElement, listener: Listener) {
    this.#host = host;
    this.#listener = listener;
    this.#sit();
    this.#resize = new ResizeObserver(() => this.send({ do: 'size', size: this.#size() }));
    // Another pixel density, as after a move to another screen, counts as another size.
    const dense = 'devicePixelContentBoxSize' in ResizeObserverEntry.prototype;
    this.#resize.observe(host, dense ? { box: 'device-pixel-content-box' } : {});
  }

  send(command: StageCommand): void {
    if (command.do !== 'camera') this.#asked.set(command.do, command);
    this.#seat?.send(command);
  }

  close(): void {
    this.#resize.disconnect();
    const seat = this.#seat;
    this.#seat = undefined;
    if (seat === undefined) return;
    seat.canvas.remove();
    seat.send({ do: 'clear' });
    if (spare === undefined && this.#healthy) keepAsSpare(seat);
    else seat.end();
  }

  #sit(): void {
    const seat = spare ?? makeSeat();
    spare = undefined;
    this.#seat = seat;
    seat.listener = (news) => this.#hear(seat, news);
    // Nothing is seen of it, nor of its former use, before it is drawn.
    seat.canvas.style.visibility = 'hidden';
    this.#host.append(seat.canvas);
    for (const command of this.#asked.values()) seat.send(command);
  }

  #hear(seat: Seat, news: StageNews): void {
    if (seat !== this.#seat) return;
    if (news.news === 'drawn') seat.canvas.style.visibility = '';
    if (news.news === 'failed' && seat.inWorker) {
      seat.canvas.remove();
      this.#sit();
      return;
    }
    if (news.news === 'failed') this.#healthy = false;
    if (news.news === 'context') this.#healthy = news.present;
    this.#listener(news);
  }

  #size(): StageSize {
    const { clientWidth, clientHeight } = this.#host;
    return { width: clientWidth, height: clientHeight, pixelRatio: window.devicePixelRatio };
  }
}
