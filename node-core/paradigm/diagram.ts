// The state diagram of a paradigm as SVG: states that wait in a column on the left, ends on the right with who receives
// what. Presentation attributes only (no style element, script, id or outside reference), so it may be put into a page
// under a strict content security policy; currentColor follows the page's light or dark text.

import type { CompiledStep, Paradigm } from './compile.ts';
import type { Locale } from './document.ts';
import { receivesWords, roleWords, stepsFrom } from './words.ts';

export type DiagramOptions = {
  /** Drawn as the present one. */
  readonly currentState?: string;
};

const MARGIN = 24;
const FONT = 13;
const SMALL = 11.5;
const LINE = 17;
const PAD = 12;
const NODE_WIDTH = 232;
const END_WIDTH = 292;
const GAP_Y = 62;
const END_GAP_Y = 14;
const CURVE_WIDTH = 72;
const LOOP_WIDTH = 26;
const CLOCK_WIDTH = 15;

type Link = { readonly to: string; readonly lines: readonly LinkLine[] };
type LinkLine = { readonly text: string; readonly deadline: boolean };
type Box = {
  readonly state: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
};

/** SVG text of the diagram in one language. */
export function paradigmDiagram(p: Paradigm, locale: Locale, options: DiagramOptions = {}): string {
  const layout = layoutOf(p, locale);
  const parts = [
    ...layout.waiting.map((box) => drawBox(p, box, locale, options)),
    ...layout.ends.map((box) => drawBox(p, box, locale, options)),
    drawStart(p, layout, locale),
    ...layout.waiting.flatMap((box) => drawLinks(p, layout, box, locale)),
  ];
  const title = escapeXml(p.document.title[locale]);
  const size = `width="${layout.width}" height="${layout.height}" viewBox="0 0 ${layout.width} ${layout.height}"`;
  const font = `font-family="Inter Variable, Inter, Noto Sans SC Variable, Noto Sans SC, system-ui, sans-serif" font-size="${FONT}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="paradigm-diagram" role="img" ${size} ${font} fill="currentColor" stroke="none">`,
    `<title>${title}</title>`,
    `<desc>${escapeXml(p.document.summary[locale])}</desc>`,
    ...parts,
    '</svg>',
  ].join('\n');
}

type Layout = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly waiting: readonly Box[];
  readonly ends: readonly Box[];
  /** Where the labels of links to ends stop and their curves begin. */
  readonly curveX: number;
};

function layoutOf(p: Paradigm, locale: Locale): Layout {
  const states = Object.entries(p.states);
  const waitingStates = states.filter(([, state]) => state.final === undefined).map(([name]) => name);
  const asides = waitingStates.flatMap((state) => sideLinks(p, state, waitingStates, locale));
  const left =
    MARGIN + (asides.length === 0 ? 0 : LOOP_WIDTH * 2 + widest(asides.flatMap((link) => link.lines)));
  const waiting: Box[] = [];
  let y = MARGIN + GAP_Y;
  for (const state of waitingStates) {
    const lines = wrap(p.states[state]?.explain[locale] ?? '', NODE_WIDTH - 2 * PAD, SMALL);
    const ports = endLinks(p, state, locale).reduce((sum, link) => sum + portHeight(link), 0);
    const height = Math.max(PAD * 2 + LINE * (1 + lines.length), PAD + ports);
    waiting.push({ state, x: left, y, width: NODE_WIDTH, height, lines });
    y += height + GAP_Y;
  }
  const labels = waitingStates.flatMap((state) => endLinks(p, state, locale).flatMap((link) => link.lines));
  const curveX = left + NODE_WIDTH + widest(labels) + 28;
  const ends = placeEnds(p, locale, waiting, curveX + CURVE_WIDTH);
  const bottom = Math.max(...[...waiting, ...ends].map((box) => box.y + box.height), MARGIN);
  return {
    width: Math.ceil(curveX + CURVE_WIDTH + END_WIDTH + MARGIN),
    height: Math.ceil(bottom + MARGIN),
    left,
    waiting,
    ends,
    curveX,
  };
}

/** Ends stand at the height of what leads to them, pushed apart where they would overlap. */
function placeEnds(p: Paradigm, locale: Locale, waiting: readonly Box[], x: number): readonly Box[] {
  const wanted = Object.entries(p.states)
    .filter(([, state]) => state.final !== undefined)
    .map(([state], index) => {
      const heights = waiting.flatMap((box) =>
        ports(p, box, locale)
          .filter((port) => port.link.to === state)
          .map((port) => port.y),
      );
      const lines = receivesWords(p, state, locale).flatMap((text) => wrap(text, END_WIDTH - 2 * PAD, SMALL));
      const height = PAD * 2 + LINE * (1 + lines.length) - 4;
      const centre =
        heights.length === 0 ? index * 1000 : heights.reduce((sum, at) => sum + at, 0) / heights.length;
      return { state, lines, height, centre };
    });
  wanted.sort((a, b) => a.centre - b.centre);
  let free = MARGIN;
  const placed = wanted.map(({ state, lines, height, centre }) => {
    const y = Math.max(free, centre - height / 2);
    free = y + height + END_GAP_Y;
    return { state, lines, height, centre, y };
  });
  // Pull back up what was pushed below its place, as far as the ones above leave room.
  const overhang = placed.map(({ y, height, centre }) => y + height / 2 - centre);
  const shift = Math.max(
    0,
    Math.min(
      (placed[0]?.y ?? 0) - MARGIN,
      overhang.reduce((sum, over) => sum + over, 0) / (placed.length || 1),
    ),
  );
  return placed.map(({ state, lines, height, y }) => ({
    state,
    x,
    y: y - shift,
    width: END_WIDTH,
    height,
    lines,
  }));
}

function linksOf(p: Paradigm, state: string, locale: Locale): readonly Link[] {
  const links = new Map<string, LinkLine[]>();
  const add = (to: string, line: LinkLine) => links.set(to, [...(links.get(to) ?? []), line]);
  for (const step of stepsFrom(p, state)) add(step.to, { text: stepText(p, step, locale), deadline: false });
  const deadline = p.deadlines.get(state);
  if (deadline !== undefined) add(deadline.to, { text: deadline.label[locale], deadline: true });
  return [...links].map(([to, lines]) => ({ to, lines }));
}

function stepText(p: Paradigm, step: CompiledStep, locale: Locale): string {
  const roles = step.by.map((role) => roleWords(p, role, locale)).join(' / ');
  return `${roles}${locale === 'en' ? ': ' : '：'}${step.label[locale]}`;
}

function endLinks(p: Paradigm, state: string, locale: Locale): readonly Link[] {
  return linksOf(p, state, locale).filter((link) => p.states[link.to]?.final !== undefined);
}

/** Links to waiting states other than the next one below: loops and jumps, drawn on the left. */
function sideLinks(p: Paradigm, state: string, order: readonly string[], locale: Locale): readonly Link[] {
  const next = order[order.indexOf(state) + 1];
  return linksOf(p, state, locale).filter(
    (link) => p.states[link.to]?.final === undefined && link.to !== next,
  );
}

function portHeight(link: Link): number {
  return LINE * link.lines.length + PAD;
}

type Port = { readonly link: Link; readonly y: number };

/** Where each link to an end leaves its box: below its own label lines. */
function ports(p: Paradigm, box: Box, locale: Locale): readonly Port[] {
  let y = box.y + 4;
  return endLinks(p, box.state, locale).map((link) => {
    y += portHeight(link);
    return { link, y };
  });
}

function drawBox(p: Paradigm, box: Box, locale: Locale, options: DiagramOptions): string {
  const state = p.states[box.state];
  const final = state?.final;
  const current = options.currentState === box.state;
  const classes = [
    'paradigm-state',
    final === undefined ? 'paradigm-waiting' : `paradigm-${final}`,
    ...(current ? ['paradigm-current'] : []),
  ];
  const radius = final === undefined ? 10 : Math.min(18, box.height / 2);
  const colour = final === undefined ? 'currentColor' : COLOURS[final];
  const text = box.lines.map(
    (line, index) =>
      `<text x="${box.x + PAD}" y="${box.y + PAD + 12 + LINE * (index + 1)}" font-size="${SMALL}" fill-opacity="0.72">${escapeXml(line)}</text>`,
  );
  return [
    `<g class="${classes.join(' ')}">`,
    `<rect x="${box.x}" y="${round(box.y)}" width="${box.width}" height="${round(box.height)}" rx="${radius}" fill="${colour}" fill-opacity="${current ? 0.16 : 0.07}" stroke="${colour}" stroke-opacity="${current ? 1 : 0.55}" stroke-width="${current ? 2.5 : 1.25}"/>`,
    `<text x="${box.x + PAD}" y="${round(box.y + PAD + 11)}" font-weight="600">${escapeXml(state?.label[locale] ?? box.state)}</text>`,
    ...text,
    '</g>',
  ].join('');
}

/** Readable on white and on near-black alike. */
const COLOURS = { success: '#2f9e5b', refund: '#4c7fd9', compromise: '#c98a1b' } as const;

function drawStart(p: Paradigm, layout: Layout, locale: Locale): string {
  const first = layout.waiting.find((box) => box.state === p.opening.to);
  if (first === undefined) return '';
  const x = first.x + NODE_WIDTH / 2;
  const top = first.y - GAP_Y + 8;
  const label = `<text x="${x + 12}" y="${round(top + 20)}">${escapeXml(stepText(p, p.opening, locale))}</text>`;
  return `<g class="paradigm-link"><circle cx="${x}" cy="${round(top)}" r="6"/>${arrow(`M${x} ${round(top + 6)}V${round(first.y - 1)}`, x, first.y, 'down', false)}${label}</g>`;
}

function drawLinks(p: Paradigm, layout: Layout, box: Box, locale: Locale): readonly string[] {
  const order = layout.waiting.map((other) => other.state);
  const below = layout.waiting[order.indexOf(box.state) + 1];
  const drawn = ports(p, box, locale).map((port) => drawToEnd(layout, box, port));
  for (const link of linksOf(p, box.state, locale))
    if (below !== undefined && link.to === below.state) drawn.push(drawDown(box, below, link));
  sideLinks(p, box.state, order, locale).forEach((link, index) => {
    const target = layout.waiting.find((other) => other.state === link.to);
    if (target !== undefined) drawn.push(drawAside(box, target, link, index));
  });
  return drawn;
}

function drawToEnd(layout: Layout, box: Box, { link, y }: Port): string {
  const end = layout.ends.find((other) => other.state === link.to);
  if (end === undefined) return '';
  const from = box.x + box.width;
  const endY = round(end.y + end.height / 2);
  const middle = layout.curveX + CURVE_WIDTH / 2;
  const path = `M${from} ${round(y)}H${layout.curveX}C${middle} ${round(y)} ${middle} ${endY} ${end.x - 1} ${endY}`;
  const labels = link.lines.map((line, index) =>
    labelAt(from + 12, y - 6 - LINE * (link.lines.length - 1 - index), line),
  );
  return `<g class="paradigm-link">${arrow(
    path,
    end.x,
    endY,
    'right',
    link.lines.every((line) => line.deadline),
  )}${labels.join('')}</g>`;
}

function drawDown(box: Box, below: Box, link: Link): string {
  const x = box.x + box.width / 2;
  const path = `M${x} ${round(box.y + box.height)}V${round(below.y - 1)}`;
  const top = box.y + box.height + (GAP_Y - LINE * link.lines.length) / 2 + 11;
  const labels = link.lines.map((line, index) => labelAt(x + 12, top + LINE * index, line));
  return `<g class="paradigm-link">${arrow(
    path,
    x,
    below.y,
    'down',
    link.lines.every((line) => line.deadline),
  )}${labels.join('')}</g>`;
}

/** A loop, or a jump to a state that is not the next: out and in on the left side. */
function drawAside(box: Box, target: Box, link: Link, index: number): string {
  const x = box.x;
  const out = box.y + box.height - 16 - 22 * index;
  const into = target === box ? out - 26 : target.y + target.height / 2;
  const bend = x - LOOP_WIDTH;
  const path = `M${x} ${round(out)}C${bend} ${round(out)} ${bend} ${round(into)} ${x - 1} ${round(into)}`;
  const labels = link.lines.map((line, i) =>
    labelAt(bend - 2, (out + into) / 2 + 4 + LINE * (i - (link.lines.length - 1) / 2), line, 'end'),
  );
  return `<g class="paradigm-link">${arrow(
    path,
    x,
    into,
    'right',
    link.lines.every((line) => line.deadline),
  )}${labels.join('')}</g>`;
}

function arrow(path: string, x: number, y: number, direction: 'down' | 'right', dashed: boolean): string {
  const head =
    direction === 'down'
      ? `M${x - 4.5} ${round(y - 8)}L${x} ${round(y)}L${x + 4.5} ${round(y - 8)}Z`
      : `M${x - 8} ${round(y - 4.5)}L${x} ${round(y)}L${x - 8} ${round(y + 4.5)}Z`;
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  return `<path d="${path}" fill="none" stroke="currentColor" stroke-opacity="0.5" stroke-width="1.25"${dash}/><path d="${head}" fill-opacity="0.6"/>`;
}

/** A line of text; what happens by itself has a small clock before it. */
function labelAt(x: number, y: number, line: LinkLine, anchor: 'start' | 'end' = 'start'): string {
  const text = (at: number) =>
    `<text x="${round(at)}" y="${round(y)}" font-size="${SMALL + 0.5}" text-anchor="${anchor}" fill-opacity="0.9">${escapeXml(line.text)}</text>`;
  if (!line.deadline) return text(x);
  const clockX = anchor === 'start' ? x + 5 : x - textWidth(line.text, SMALL + 0.5) - 9;
  const clock = `M${round(clockX - 4.5)} ${round(y - 4)}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0M${round(clockX)} ${round(y - 7)}v3h2.5`;
  return `<path d="${clock}" fill="none" stroke="currentColor" stroke-opacity="0.8" stroke-width="1.1"/>${text(anchor === 'start' ? x + CLOCK_WIDTH : x)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Estimated width: there is no font to measure here, so it errs on the wide side. */
function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e7f ? size : size * 0.56;
  return width;
}

function widest(lines: readonly LinkLine[]): number {
  return Math.max(
    0,
    ...lines.map((line) => textWidth(line.text, SMALL + 0.5) + (line.deadline ? CLOCK_WIDTH : 0)),
  );
}

/** Lines that fit the width: breaks at spaces, and between any two Chinese characters. */
function wrap(text: string, width: number, size: number): readonly string[] {
  const pieces = text.match(/[\u2e80-\uffff][，。、：；！？）”]*|[^\s\u2e80-\uffff]+\s*|\s+/gu) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && textWidth((line + piece).trimEnd(), size) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
