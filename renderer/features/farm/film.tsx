// The film of a print: one picture a layer, played or moved through by hand, with the hash that the signed record of the
// print names, and saved as a file that browsers play.

import { ActionIcon, Button, Group, Select, Slider, Text, Title } from '@mantine/core';
import { Download, Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, MachineView, TimelapseView } from '../../../node-core/api/index.ts';
import { api, notify, pageFault, saveFile, useApiQuery } from '../../bridge/index.ts';
import { Hash } from '../../ui/index.ts';
import { turned } from './camera-frames.ts';
import styles from './farm.module.css';
import { canExportFilm, FILM_FPS, makeFilm } from './film-export.ts';

export function Film({ machine, jobs }: { machine: MachineView; jobs: readonly JobView[] }) {
  const intl = useIntl();
  const printed = jobs
    .filter(({ startedMs }) => startedMs !== undefined)
    .sort((a, b) => (b.startedMs ?? 0) - (a.startedMs ?? 0));
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const job = printed.find(({ id }) => id === chosen) ?? printed[0];
  const film = useApiQuery(
    ['jobs', 'film', job?.id],
    ({ signal }) => api.cameras.timelapse({ jobId: job?.id ?? '' }, { signal }),
    { enabled: job !== undefined, ...(machine.jobId === job?.id ? { refetchIntervalMs: 5_000 } : {}) },
  );
  if (job === undefined || film.data === undefined) return null;
  if (film.data.frames.length === 0 && printed.length === 1) return null;
  return (
    <section className={styles['panel']} aria-labelledby="film">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="film">
          <FormattedMessage id="farm.film" />
        </Title>
        {printed.length < 2 ? null : (
          <Select
            size="xs"
            aria-label={intl.formatMessage({ id: 'farm.film.of' })}
            value={job.id}
            allowDeselect={false}
            data={printed.slice(0, 50).map(({ id, title, copy, copies }) => ({
              value: id,
              label: `${title} (${intl.formatMessage({ id: 'farm.copy' }, { copy, copies })})`,
            }))}
            onChange={(value) => setChosen(value ?? undefined)}
          />
        )}
      </Group>
      {film.data.frames.length === 0 ? (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="farm.film.none" />
        </Text>
      ) : (
        <Player key={job.id} job={job} film={film.data} />
      )}
    </section>
  );
}

function Player({ job, film }: { job: JobView; film: TimelapseView }) {
  const intl = useIntl();
  const { frames } = film;
  const last = frames.length - 1;
  /** Undefined: the newest, also while more come. */
  const [at, setAt] = useState<number | undefined>(undefined);
  const [playing, setPlaying] = useState(false);
  const shown = Math.min(at ?? last, last);
  const frame = frames[shown];
  const src = usePicture(job.id, shown);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(
      () => setAt((now) => (now === undefined || now >= last ? 0 : now + 1)),
      1000 / FILM_FPS,
    );
    return () => clearInterval(timer);
  }, [playing, last]);
  return (
    <>
      <div className={styles['camera']} style={{ aspectRatio: '4 / 3' }}>
        {src === undefined ? null : (
          <img
            src={src}
            alt={intl.formatMessage({ id: 'farm.film.alt' }, { layer: frame?.layer ?? 0 })}
            className={styles['cameraPicture']}
            style={{ transform: turned(film.rotate, film.flip) }}
          />
        )}
      </div>
      <Group gap="sm" mt="xs" wrap="nowrap">
        <ActionIcon
          variant="light"
          aria-label={intl.formatMessage({ id: playing ? 'farm.film.pause' : 'farm.film.play' })}
          onClick={() => setPlaying(!playing)}
        >
          {playing ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
        </ActionIcon>
        <Slider
          className={styles['filmSlider'] ?? ''}
          thumbLabel={intl.formatMessage({ id: 'farm.film.slider' })}
          label={null}
          min={0}
          max={Math.max(1, last)}
          value={shown}
          onChange={(value) => {
            setPlaying(false);
            setAt(value === last ? undefined : value);
          }}
        />
        <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          <FormattedMessage id="farm.film.layer" values={{ layer: frame?.layer ?? 0 }} />
        </Text>
      </Group>
      <Group justify="space-between" mt="xs">
        <Group gap={6}>
          <Text size="xs" c="dimmed">
            <FormattedMessage id="farm.film.hash" />
          </Text>
          {frame === undefined ? null : <Hash value={frame.hash} />}
        </Group>
        <SaveFilm job={job} film={film} />
      </Group>
    </>
  );
}

function SaveFilm({ job, film }: { job: JobView; film: TimelapseView }) {
  const intl = useIntl();
  const [share, setShare] = useState<number | undefined>(undefined);
  if (!canExportFilm()) return null;
  const save = async (): Promise<void> => {
    setShare(0);
    try {
      const pictureAt = (index: number) => api.cameras.timelapsePicture({ jobId: job.id, index });
      const made = await makeFilm(film.frames.length, pictureAt, film, setShare);
      const name = `${job.title.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 40)}-${job.copy}.webm`;
      if (await saveFile(made, name)) notify('success', intl.formatMessage({ id: 'farm.film.saved' }));
    } catch {
      notify('error', pageFault('console.film.failed').message);
    } finally {
      setShare(undefined);
    }
  };
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<Download size={14} aria-hidden />}
      loading={share !== undefined}
      onClick={() => void save()}
    >
      <FormattedMessage id="farm.film.save" />
    </Button>
  );
}

/** Pictures never change: those seen are kept by the page for as long as the player stands. */
function usePicture(jobId: string, index: number): string | undefined {
  const [cache] = useState(() => new Map<number, string>());
  const [src, setSrc] = useState<string | undefined>(undefined);
  useEffect(
    () => () => {
      for (const url of cache.values()) URL.revokeObjectURL(url);
      cache.clear();
    },
    [cache],
  );
  useEffect(() => {
    const known = cache.get(index);
    if (known !== undefined) {
      setSrc(known);
      return undefined;
    }
    const stop = new AbortController();
    api.cameras.timelapsePicture({ jobId, index }, { signal: stop.signal }).then(
      (blob) => {
        if (stop.signal.aborted) return;
        const url = URL.createObjectURL(blob);
        cache.set(index, url);
        setSrc(url);
      },
      () => undefined,
    );
    return () => stop.abort();
  }, [jobId, index, cache]);
  return src;
}
