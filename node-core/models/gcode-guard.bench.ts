// The guard over 100 MB and 2.5 million moves in pieces, as from a disk: time, and memory that does not grow with the
// file. Beside it, in the same run, the plain way: split into strings, one regular expression a line.

import { GcodeGuard } from './gcode-guard.ts';

const MOVES = 2_500_000;
const SECONDS_MAX = 5;
const GROWTH_MB_MAX = 150;
const LINES_A_PIECE = 20_000;

const HEAD = 'G21\nG90\nM140 S60\nM104 S205\nG28\nM190 S60\nM109 S205\nM83\nG92 E0\n';
const TAIL = 'M107\nM104 S0\nM140 S0\nM84\n';

/** One piece of the file; the same moves each time. */
function createPiece(): Uint8Array {
  const lines: string[] = [];
  for (let i = 0; i < LINES_A_PIECE; i++) {
    const angle = i * 0.37;
    const [x, y] = [110 + 90 * Math.cos(angle), 110 + 90 * Math.sin(angle * 1.7)];
    lines.push(`G1 X${x.toFixed(3)} Y${y.toFixed(3)} E${(0.02 + (i % 7) / 1000).toFixed(5)} F3000.000 ;x`);
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

/** What a straightforward host does with each line. */
function plainly(piece: Uint8Array): number {
  let sum = 0;
  for (const line of new TextDecoder().decode(piece).split('\n')) {
    const code = line.split(';')[0] ?? '';
    for (const word of code.matchAll(/([A-Z])(-?[\d.]+)/g)) sum += Number(word[2]);
  }
  return sum;
}

const profile = { volumeMm: { x: 220, y: 220, z: 250 }, nozzleCMax: 260, bedCMax: 100 };
const piece = createPiece();
const pieces = MOVES / LINES_A_PIECE;
const rssMb = () => process.memoryUsage().rss / 1e6;
const beforeMb = rssMb();
let peakMb = beforeMb;
const startedMs = performance.now();
const guard = new GcodeGuard(profile as ConstructorParameters<typeof GcodeGuard>[0]);
guard.push(new TextEncoder().encode(HEAD));
for (let i = 0; i < pieces; i++) {
  guard.push(piece.slice());
  peakMb = Math.max(peakMb, rssMb());
}
guard.push(new TextEncoder().encode(TAIL));
const { faults, report } = guard.finish();
const seconds = (performance.now() - startedMs) / 1000;
const growthMb = peakMb - beforeMb;

const plainPieces = 10;
const plainMs = performance.now();
let sum = 0;
for (let i = 0; i < plainPieces; i++) sum += plainly(piece);
const plainSeconds = ((performance.now() - plainMs) / 1000) * (pieces / plainPieces);

const sizeMb = (piece.length * pieces) / 1e6;
console.log(`guard: ${sizeMb.toFixed(0)} MB, ${report.commands} commands, ${faults.length} faults`);
console.log(
  `  ${seconds.toFixed(2)} s, plain reading ${plainSeconds.toFixed(2)} s (${sum > 0 ? (plainSeconds / seconds).toFixed(1) : '?'} times as long)`,
);
console.log(`  memory grew by ${growthMb.toFixed(0)} MB`);
if (faults.length > 0 || seconds > SECONDS_MAX || growthMb > GROWTH_MB_MAX) {
  console.log(`MISSED: at most ${SECONDS_MAX} s, ${GROWTH_MB_MAX} MB, no faults`);
  process.exitCode = 1;
}
