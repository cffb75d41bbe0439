// The camera's picture beside the live print: how fresh it is, and in plain words when it is not.

import { Badge, Group, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { CameraView, MachineView } from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import { Duration, FaultNotice } from '../../ui/index.ts';
import { type Live, turned, useCamera } from './camera-frames.ts';
import styles from './farm.module.css';

/** From this age on the picture is said to be an old one. */
const STALE_MS = 5_000;

export function useCameraView(id: string): CameraView | undefined {
  return useApiQuery(['machines', 'camera', id], ({ signal }) => api.cameras.get({ id }, { signal })).data;
}

export function CameraLive({ machine }: { machine: MachineView }) {
  const camera = useCameraView(machine.id);
  if (camera === undefined || camera.source === 'none') return null;
  return <Picture key={`${camera.source} ${camera.url}`} machine={machine} />;
}

function Picture({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const live = useCamera(machine.id, true);
  const ageMs = useAge(live);
  const { frame, src, fault } = live;
  const stale = src !== undefined && ageMs > STALE_MS;
  const shape = frame !== undefined && frame.width > 0 ? frame.width / frame.height : 4 / 3;
  const onSide = frame?.rotate === 90 || frame?.rotate === 270;
  return (
    <section className={styles['panel']} aria-labelledby="camera">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="camera">
          <FormattedMessage id="farm.camera" />
        </Title>
        <Freshness live={live} ageMs={ageMs} stale={stale} />
      </Group>
      <div className={styles['camera']} style={{ aspectRatio: String(onSide ? 1 / shape : shape) }}>
        {src === undefined ? (
          <Text size="sm" c="dimmed">
            {fault === undefined ? <FormattedMessage id="farm.camera.connecting" /> : null}
          </Text>
        ) : (
          <img
            src={src}
            alt={intl.formatMessage({ id: 'farm.camera.alt' }, { name: machine.name })}
            data-stale={stale}
            className={styles['cameraPicture']}
            style={{
              transform: turned(frame?.rotate ?? 0, frame?.flip ?? false),
              ...(onSide ? { width: `${100 * shape}%`, height: 'auto' } : {}),
            }}
          />
        )}
      </div>
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
    </section>
  );
}

function Freshness({ live, ageMs, stale }: { live: Live; ageMs: number; stale: boolean }) {
  if (live.frame === undefined || live.src === undefined) return null;
  if (stale)
    return (
      <Badge color="orange" variant="light">
        <FormattedMessage id="farm.camera.stale" values={{ age: <Duration seconds={ageMs / 1000} /> }} />
      </Badge>
    );
  return (
    <Text size="xs" c="dimmed">
      <FormattedMessage
        id="farm.camera.rate"
        values={{
          fps: <FormattedNumber value={live.frame.fps} maximumFractionDigits={1} />,
          delay: Math.round(live.delayMs),
        }}
      />
    </Text>
  );
}

/** Of the newest picture, counted on while none comes. */
function useAge({ takenMs, src }: Live): number {
  const [nowMs, setNowMs] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return src === undefined ? 0 : Math.max(0, nowMs - takenMs);
}
