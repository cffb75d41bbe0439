// Temperatures over time, with their targets as dashed lines. The drawing follows the stream without React; the
// numbers beside it are text, for everybody.

import 'uplot/dist/uPlot.min.css';
import { SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import uPlot from 'uplot';
import type { TemperaturesView } from '../../../node-core/api/index.ts';
import styles from './farm.module.css';
import { Degrees } from './machine-tile.tsx';
import { type MachineWatch, useWatchSnapshot } from './machine-watch.ts';
import { columnsOf, thinOut, WINDOWS_MIN, type WindowMin } from './temperature-series.ts';

const HEIGHT_PX = 210;
const POINTS_MAX = 900;
const COLOURS = {
  light: { nozzle: '#c2410c', bed: '#1d5fa8', grid: '#dfe6e4', text: '#55625f' },
  dark: { nozzle: '#ff9d4d', bed: '#7ab8ff', grid: '#2a3436', text: '#94a1a1' },
} as const;

export function TemperatureGraph(props: {
  watch: MachineWatch;
  first: TemperaturesView;
  /** When the last print began; what is known from before it is no part of the whole print. */
  beganMs: number | undefined;
}) {
  const { watch, first, beganMs } = props;
  const intl = useIntl();
  const [windowMin, setWindowMin] = useState<WindowMin>(5);
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const temperatures = useWatchSnapshot(watch).temperatures ?? first;
  const { locale } = intl;
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const fromMs = (lastMs: number): number =>
      windowMin === undefined ? (beganMs ?? 0) : lastMs - windowMin * 60_000;
    return drawGraph(element, watch, fromMs, COLOURS[scheme], locale);
  }, [watch, windowMin, beganMs, scheme, locale]);
  return (
    <>
      <div className={styles['graphHead']}>
        <span className={styles['graphKey']} data-series="nozzle">
          <Degrees label="farm.nozzle" value={temperatures.nozzleC} target={temperatures.nozzleTargetC} />
        </span>
        <span className={styles['graphKey']} data-series="bed">
          <Degrees label="farm.bed" value={temperatures.bedC} target={temperatures.bedTargetC} />
        </span>
        <SegmentedControl
          size="xs"
          aria-label={intl.formatMessage({ id: 'farm.window' })}
          value={String(windowMin ?? 'all')}
          onChange={(value) => setWindowMin(WINDOWS_MIN.find((one) => String(one ?? 'all') === value))}
          data={WINDOWS_MIN.map((minutes) => ({
            value: String(minutes ?? 'all'),
            label: intl.formatMessage(
              { id: minutes === undefined ? 'farm.window.all' : 'farm.window.minutes' },
              { minutes },
            ),
          }))}
        />
      </div>
      <div
        ref={host}
        className={styles['graph']}
        role="img"
        aria-label={intl.formatMessage({ id: 'farm.graph' })}
      />
      <p className={styles['graphNote']}>
        <FormattedMessage id="farm.graph.note" />
      </p>
    </>
  );
}

type Colours = (typeof COLOURS)[keyof typeof COLOURS];

function drawGraph(
  host: HTMLElement,
  watch: MachineWatch,
  fromMsOf: (lastMs: number) => number,
  colours: Colours,
  locale: string,
): () => void {
  const options = graphOptions(host.clientWidth, colours, locale);
  const plot = new uPlot(options, [[], [], [], [], []], host);
  let frame = 0;
  const draw = (): void => {
    frame = 0;
    const lastMs = watch.samples[watch.samples.length - 1]?.atMs ?? Date.now();
    const fromMs = fromMsOf(lastMs);
    const shown = thinOut(watch.samples, fromMs, POINTS_MAX);
    plot.setData(columnsOf(shown) as uPlot.AlignedData, false);
    const startMs = fromMs === 0 ? (shown[0]?.atMs ?? lastMs - 60_000) : fromMs;
    plot.setScale('x', { min: startMs / 1000, max: lastMs / 1000 });
  };
  const soon = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const unsubscribe = watch.subscribe(soon);
  const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
  resize.observe(host);
  soon();
  return () => {
    cancelAnimationFrame(frame);
    unsubscribe();
    resize.disconnect();
    plot.destroy();
  };
}

function graphOptions(width: number, colours: Colours, locale: string): uPlot.Options {
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const axis = { stroke: colours.text, grid: { stroke: colours.grid, width: 1 }, ticks: { show: false } };
  const line = (stroke: string): uPlot.Series => ({ stroke, width: 2, points: { show: false } });
  const target = (stroke: string): uPlot.Series => ({
    stroke,
    width: 1.2,
    dash: [5, 5],
    points: { show: false },
  });
  return {
    width: Math.max(100, width),
    height: HEIGHT_PX,
    padding: [8, 34, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_, low, high) => [Math.min(15, low), Math.max(60, high * 1.08)] } },
    axes: [
      {
        ...axis,
        space: 90,
        size: 30,
        values: (_, seconds) => seconds.map((second) => clock.format(second * 1000)),
      },
      { ...axis, size: 44, values: (_, degrees) => degrees.map((degree) => `${degree}°`) },
    ],
    series: [{}, line(colours.nozzle), target(colours.nozzle), line(colours.bed), target(colours.bed)],
  };
}
