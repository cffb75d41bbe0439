// A stage for as long as a component shows it, with its input, theme and wish for calm passed on.

import { useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useCallback, useEffect, useRef, useState } from 'react';
import { watchGestures } from './gestures.ts';
import type { SceneTheme } from './palette.ts';
import { StageLink } from './stage-link.ts';

export type StageState = {
  /** Put on the element that the canvas fills. */
  readonly ref: (host: HTMLElement | null) => (() => void) | undefined;
  readonly stage: StageLink | undefined;
  /** `none`: no 3D in this browser. `lost`: the graphics card took it away and may give it back. */
  readonly state: 'ready' | 'none' | 'lost';
  /** Serial number of the last content of which a picture was finished; 0 before the first. */
  readonly drawn: number;
  readonly theme: SceneTheme;
};

export type NozzleListener = (x: number, y: number) => void;

export function useStage(onNozzle?: NozzleListener): StageState {
  const theme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const reducedMotion = useReducedMotion();
  const [stage, setStage] = useState<StageLink | undefined>(undefined);
  const [state, setState] = useState<StageState['state']>('ready');
  const [drawn, setDrawn] = useState(0);
  const nozzle = useRef(onNozzle);
  nozzle.current = onNozzle;
  const ref = useCallback((host: HTMLElement | null) => {
    if (host === null) return undefined;
    const link = new StageLink(host, (news) => {
      if (news.news === 'nozzle') nozzle.current?.(news.x, news.y);
      else if (news.news === 'drawn') setDrawn(news.serial);
      else if (news.news === 'context') setState(news.present ? 'ready' : 'lost');
      else setState('none');
    });
    const stopGestures = watchGestures(host, (move) => link.send({ do: 'camera', move }));
    setStage(link);
    return () => {
      stopGestures();
      link.close();
      setStage(undefined);
      setDrawn(0);
    };
  }, []);
  useEffect(() => stage?.send({ do: 'theme', theme }), [stage, theme]);
  useEffect(() => {
    stage?.send({ do: 'reduce-motion', reduced: reducedMotion === true });
  }, [stage, reducedMotion]);
  return { ref, stage, state, drawn, theme };
}

let serials = 0;

/** A number for new content of a stage, so that its picture is recognised when it is drawn. */
export function nextSerial(): number {
  return ++serials;
}
