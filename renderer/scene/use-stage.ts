// A stage for as long as a component shows it. Strict mode mounts twice: each mount has a canvas of its own.

import { useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useCallback, useState } from 'react';
import type { SceneTheme } from './palette.ts';
import { openStage, type Stage } from './stage.ts';

export type StageState = {
  /** Put on the element that the canvas fills. */
  readonly ref: (host: HTMLElement | null) => (() => void) | undefined;
  readonly stage: Stage | undefined;
  /** `none`: no 3D in this browser. `lost`: the graphics card took it away and may give it back. */
  readonly state: 'ready' | 'none' | 'lost';
  readonly theme: SceneTheme;
};

export function useStage(options: { shadows: boolean }): StageState {
  const theme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const reducedMotion = useReducedMotion();
  const [stage, setStage] = useState<Stage | undefined>(undefined);
  const [lost, setLost] = useState(false);
  const [none, setNone] = useState(false);
  const { shadows } = options;
  const ref = useCallback(
    (host: HTMLElement | null) => {
      if (host === null) return undefined;
      const made = openStage(host, {
        theme,
        reducedMotion: reducedMotion === true,
        shadows,
        onContext: (present) => setLost(!present),
      });
      if (made === undefined) {
        setNone(true);
        return undefined;
      }
      setStage(made);
      return () => {
        setStage(undefined);
        made.dispose();
      };
    },
    [theme, reducedMotion, shadows],
  );
  return { ref, stage, state: none ? 'none' : lost ? 'lost' : 'ready', theme };
}
