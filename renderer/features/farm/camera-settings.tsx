// How a machine is watched: where its camera is, how the picture is turned, who may see it, and a look before saving.

import {
  Button,
  Group,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { Camera } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CameraView, MachineView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { turned } from './camera-frames.ts';
import { useCameraView } from './camera-live.tsx';
import styles from './farm.module.css';

const TURNS = [0, 90, 180, 270] as const;

type Draft = Omit<CameraView, 'hasPassword'> & { readonly password: string };

export function CameraSettingsPanel({ machine }: { machine: MachineView }) {
  const camera = useCameraView(machine.id);
  if (camera === undefined) return null;
  return <Form key={JSON.stringify(camera)} machine={machine} camera={camera} />;
}

function Form({ machine, camera }: { machine: MachineView; camera: CameraView }) {
  const intl = useIntl();
  const { hasPassword, ...stored } = camera;
  const [draft, setDraft] = useState<Draft>({ ...stored, password: '' });
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const input = () => {
    const { password, ...rest } = draft;
    return { id: machine.id, ...rest, ...(password === '' ? {} : { password }) };
  };
  const save = useApiCommand(() => api.cameras.save(input()));
  const test = useApiCommand(() => api.cameras.test(input()));
  const [seen, setSeen] = useState<Blob | undefined>(undefined);
  const submit = async (): Promise<void> => {
    const saved = await save.run();
    if (saved.ok) notify('success', intl.formatMessage({ id: 'farm.camera.saved' }));
  };
  const look = async (): Promise<void> => {
    setSeen(undefined);
    const tested = await test.run();
    if (tested.ok) setSeen(tested.value.picture);
  };
  const fault = test.fault ?? save.fault;
  const ready = draft.source !== 'network' || draft.url.trim() !== '';
  return (
    <section className={styles['panel']} aria-labelledby="camera-settings">
      <Title order={2} id="camera-settings" mb="xs">
        <FormattedMessage id="farm.camera.settings" />
      </Title>
      <Stack gap="sm">
        <Source machine={machine} draft={draft} change={change} hasPassword={hasPassword} />
        {draft.source === 'none' ? null : <Wishes draft={draft} change={change} />}
        {fault === undefined ? null : <FaultNotice fault={fault} compact />}
        {seen === undefined ? null : <Seen picture={seen} draft={draft} />}
        <Group gap="sm">
          <Button
            variant="light"
            loading={save.busy}
            disabled={!ready || (sameAs(draft, stored) && draft.password === '')}
            onClick={() => void submit()}
          >
            <FormattedMessage id="farm.camera.save" />
          </Button>
          {draft.source === 'none' ? null : (
            <Button
              variant="default"
              leftSection={<Camera size={16} aria-hidden />}
              loading={test.busy}
              disabled={!ready}
              onClick={() => void look()}
            >
              <FormattedMessage id="farm.camera.test" />
            </Button>
          )}
        </Group>
      </Stack>
    </section>
  );
}

function sameAs({ password: _, ...draft }: Draft, stored: Omit<CameraView, 'hasPassword'>): boolean {
  return (Object.keys(stored) as (keyof typeof stored)[]).every((key) => draft[key] === stored[key]);
}

type PartProps = { readonly draft: Draft; readonly change: (part: Partial<Draft>) => void };

function Source(props: PartProps & { machine: MachineView; hasPassword: boolean }) {
  const intl = useIntl();
  const { draft, change, machine, hasPassword } = props;
  const kinds = (['none', 'network', 'virtual'] as const).filter(
    (kind) => kind !== 'virtual' || machine.driver === 'virtual',
  );
  return (
    <>
      <Select
        label={intl.formatMessage({ id: 'farm.camera.source' })}
        value={draft.source}
        data={kinds.map((kind) => ({
          value: kind,
          label: intl.formatMessage({ id: `farm.camera.source.${kind}` }),
        }))}
        allowDeselect={false}
        onChange={(value) => change({ source: kinds.find((kind) => kind === value) ?? 'none' })}
      />
      {draft.source !== 'network' ? null : (
        <>
          <TextInput
            label={intl.formatMessage({ id: 'farm.camera.url' })}
            description={intl.formatMessage({ id: 'farm.camera.url.note' })}
            placeholder="http://192.168.1.20:8080/?action=stream"
            value={draft.url}
            onChange={(event) => change({ url: event.currentTarget.value })}
          />
          <Group gap="sm" grow align="flex-start">
            <TextInput
              label={intl.formatMessage({ id: 'farm.camera.user' })}
              value={draft.user}
              autoComplete="off"
              onChange={(event) => change({ user: event.currentTarget.value })}
            />
            <PasswordInput
              label={intl.formatMessage({ id: 'farm.camera.password' })}
              placeholder={hasPassword ? intl.formatMessage({ id: 'farm.camera.password.kept' }) : ''}
              value={draft.password}
              autoComplete="new-password"
              onChange={(event) => change({ password: event.currentTarget.value })}
            />
          </Group>
        </>
      )}
    </>
  );
}

function Wishes({ draft, change }: PartProps) {
  const intl = useIntl();
  return (
    <>
      <div>
        <Text size="sm" fw={500} mb={4}>
          <FormattedMessage id="farm.camera.rotate" />
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={intl.formatMessage({ id: 'farm.camera.rotate' })}
          value={String(draft.rotate)}
          data={TURNS.map((turn) => ({ value: String(turn), label: `${turn}°` }))}
          onChange={(value) => change({ rotate: TURNS.find((turn) => String(turn) === value) ?? 0 })}
        />
      </div>
      <Switch
        checked={draft.flip}
        onChange={(event) => change({ flip: event.currentTarget.checked })}
        label={intl.formatMessage({ id: 'farm.camera.flip' })}
      />
      <Switch
        checked={draft.timelapse}
        onChange={(event) => change({ timelapse: event.currentTarget.checked })}
        label={intl.formatMessage({ id: 'farm.camera.timelapse' })}
        description={intl.formatMessage({ id: 'farm.camera.timelapse.note' })}
      />
      <Switch
        checked={draft.showsBuyers}
        onChange={(event) => change({ showsBuyers: event.currentTarget.checked })}
        label={intl.formatMessage({ id: 'farm.camera.buyers' })}
        description={intl.formatMessage({ id: 'farm.camera.buyers.note' })}
      />
    </>
  );
}

function Seen({ picture, draft }: { picture: Blob; draft: Draft }) {
  const intl = useIntl();
  const [src, setSrc] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(picture);
    setSrc(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return (
    <div className={styles['cameraTest']}>
      <img
        src={src}
        alt={intl.formatMessage({ id: 'farm.camera.tested' })}
        style={{ transform: turned(draft.rotate, draft.flip) }}
      />
    </div>
  );
}
