// The output of a child process as log entries: complete lines only, bounded in length and number, whatever the process
// writes. CometBFT writes one JSON object a line (log_format = "json"); anything else (a Go panic) is kept as text.

import type { Log, LogLevel } from '../../base/index.ts';

const LINE_CHARS_MAX = 4000;
const TAIL_LINES_MAX = 40;
/** Entries of one second; what is above is counted and not written. */
const LINES_PER_SECOND_MAX = 200;

export type LogEntry = {
  readonly level: LogLevel;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
};

export function parseLogLine(line: string): LogEntry {
  const plain: LogEntry = {
    level: /^panic:|^fatal error:|ERROR/.test(line) ? 'error' : 'info',
    text: line,
    data: {},
  };
  if (!line.startsWith('{')) return plain;
  try {
    const { _msg, level, ts: _ts, ...data } = JSON.parse(line) as Record<string, unknown>;
    return { level: levelOf(level), text: String(_msg ?? ''), data };
  } catch {
    return plain;
  }
}

function levelOf(name: unknown): LogLevel {
  if (name === 'error' || name === 'debug') return name;
  // Every message of consensus is "info" to CometBFT; to a host it is detail.
  return 'debug';
}

export type LineSink = {
  write(chunk: Uint8Array | string): void;
  /** The last lines, for whoever must explain an end. */
  tail(): readonly string[];
};

export function createLineSink(log: Log, nowMs: () => number): LineSink {
  let partial = '';
  let tail: string[] = [];
  let second = 0;
  let [written, dropped] = [0, 0];
  const decoder = new TextDecoder();
  const take = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL_LINES_MAX) tail = tail.slice(-TAIL_LINES_MAX);
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      if (dropped > 0) log('warn', 'cometbft.log.dropped', { lines: dropped });
      [second, written, dropped] = [now, 0, 0];
    }
    const entry = parseLogLine(line);
    // Errors are never dropped: they are why one reads a log.
    if (written++ < LINES_PER_SECOND_MAX || entry.level === 'error')
      log(entry.level, 'cometbft', { text: entry.text, ...entry.data });
    else dropped++;
  };
  return {
    write(chunk) {
      const text = partial + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
      const lines = text.split('\n');
      partial = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
      for (const line of lines) if (line !== '') take(line.slice(0, LINE_CHARS_MAX));
    },
    tail: () => (partial === '' ? tail : [...tail, partial]),
  };
}
