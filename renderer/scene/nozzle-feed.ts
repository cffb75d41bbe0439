// The nozzle's way from the machine's event stream into the picture, past React: events push, the render loop pulls.

export type NozzleNews = {
  /** Moves done so far. */
  readonly moves: number;
  /** When the news came, in milliseconds of performance.now(). */
  readonly atMs: number;
};

export type NozzleFeed = {
  readonly latest: () => NozzleNews | undefined;
  readonly push: (news: NozzleNews) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

export function createNozzleFeed(): NozzleFeed {
  let latest: NozzleNews | undefined;
  const listeners = new Set<() => void>();
  return {
    latest: () => latest,
    push(news) {
      latest = news;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Between two pieces of news the nozzle glides, so it is as far behind as they are apart: at most this. */
const GLIDE_MS_MAX = 450;
const GLIDE_MS_DEFAULT = 250;
/** A jump back (another job, a restart) or a very long one is no movement to be shown. */
const GLIDE_MOVES_MAX = 20_000;

/** Where the picture is between two pieces of news. Pure in time: the render loop says what time it is. */
export type Glide = {
  readonly fromMoves: number;
  readonly toMoves: number;
  readonly startMs: number;
  readonly durationMs: number;
};

/** The glide that follows `news`; starts where the former one stood. */
export function nextGlide(former: Glide | undefined, news: NozzleNews): Glide {
  if (former === undefined) {
    return { fromMoves: news.moves, toMoves: news.moves, startMs: news.atMs, durationMs: 0 };
  }
  const shown = glideAt(former, news.atMs);
  const way = news.moves - shown;
  if (way < 0 || way > GLIDE_MOVES_MAX) {
    return { fromMoves: news.moves, toMoves: news.moves, startMs: news.atMs, durationMs: 0 };
  }
  const pauseMs = news.atMs - former.startMs;
  const durationMs = pauseMs > 0 && pauseMs < GLIDE_MS_MAX ? pauseMs : GLIDE_MS_DEFAULT;
  return { fromMoves: shown, toMoves: news.moves, startMs: news.atMs, durationMs };
}

/** Moves to show now. */
export function glideAt(glide: Glide, nowMs: number): number {
  if (glide.durationMs <= 0) return glide.toMoves;
  const part = Math.min(1, Math.max(0, (nowMs - glide.startMs) / glide.durationMs));
  return glide.fromMoves + (glide.toMoves - glide.fromMoves) * part;
}
