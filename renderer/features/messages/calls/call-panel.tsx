// The call that is going on in this window: the other side's picture, one's own in the corner, and the switches.

import { ActionIcon, Popover, Select, Stack, Text, Tooltip } from '@mantine/core';
import { Maximize2, Mic, MicOff, Minimize2, PhoneOff, Settings2, Video, VideoOff } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CallView } from '../../../../node-core/api/index.ts';
import { useNowMs } from '../../../bridge/index.ts';
import { Identicon, shorten } from '../../../ui/index.ts';
import { clockText } from './call-text.ts';
import styles from './calls.module.css';
import { chooseDevice, endCall, type Media, toggleCamera, toggleMute, useCalls } from './calls.ts';
import type { DeviceChoice, DeviceKind } from './media.ts';
import { listMedia } from './media.ts';

export function CallPanel({ call }: { call: CallView }) {
  const intl = useIntl();
  const media = useCalls((state) => state.media);
  const [isLarge, setLarge] = useState(false);
  const panel = useRef<HTMLElement>(null);
  // It came up because of a click here: the keyboard goes on in it, and goes back to where it was.
  useEffect(() => {
    const own = panel.current;
    const before = document.activeElement;
    own?.focus();
    return () => {
      if (before instanceof HTMLElement && own?.contains(document.activeElement) === true) before.focus();
    };
  }, []);
  const name = call.peer.name === '' ? shorten(call.peer.id) : call.peer.name;
  const sees = media?.peer.camera === true && (call.phase === 'talking' || call.phase === 'interrupted');
  const isDark = media?.camera !== true && !sees;
  return (
    <section
      ref={panel}
      tabIndex={-1}
      className={styles['panel']}
      data-large={(isLarge && !isDark) || undefined}
      data-phase={call.phase}
      aria-label={intl.formatMessage({ id: 'messages.call.with' }, { name })}
    >
      <div className={styles['stage']} data-empty={isDark || undefined}>
        <Remote media={media} sees={sees} address={call.peer.id} />
        {media?.camera === true ? <Local stream={media.local} /> : null}
      </div>
      <div className={styles['line']}>
        <div className={styles['who']}>
          <Identicon address={call.peer.id} size={34} />
          <div className={styles['whoText']}>
            <span className={styles['name']} dir="auto">
              {name}
            </span>
            <Standing call={call} media={media} />
          </div>
        </div>
        <Switches call={call} media={media}>
          {isDark ? null : (
            <Switch
              label={isLarge ? 'messages.call.smaller' : 'messages.call.larger'}
              icon={isLarge ? <Minimize2 size={17} aria-hidden /> : <Maximize2 size={17} aria-hidden />}
              onClick={() => setLarge(!isLarge)}
            />
          )}
        </Switches>
      </div>
    </section>
  );
}

/** What happens, said aloud once; the running time is only shown. */
function Standing({ call, media }: { call: CallView; media: Media | undefined }) {
  const { phase, rings, sinceMs } = call;
  const id = phase === 'calling' && rings ? 'rings' : phase;
  const isTalking = phase === 'talking' && sinceMs !== undefined;
  return (
    <Text size="sm" c="dimmed" component="span" className={styles['standing'] ?? ''}>
      <span role="status" className={isTalking ? styles['hidden'] : undefined}>
        <FormattedMessage id={`messages.call.phase.${id}`} />
      </span>
      {isTalking ? <Running sinceMs={sinceMs} /> : null}
      {isTalking && media?.peer.muted === true ? (
        <span>
          <FormattedMessage id="messages.call.peer.muted" />
        </span>
      ) : null}
    </Text>
  );
}

function Running({ sinceMs }: { sinceMs: number }) {
  const nowMs = useNowMs(1000);
  return (
    <span role="timer" aria-live="off">
      {clockText(nowMs - sinceMs)}
    </span>
  );
}

type RemoteProps = { readonly media: Media | undefined; readonly sees: boolean; readonly address: string };

function Remote({ media, sees, address }: RemoteProps) {
  const video = useRef<HTMLVideoElement>(null);
  const stream = media?.remote;
  const sink = media?.chosen.audiooutput;
  useEffect(() => {
    if (video.current !== null && stream !== undefined) video.current.srcObject = stream;
  }, [stream]);
  useEffect(() => {
    if (sink !== undefined) video.current?.setSinkId?.(sink).catch(() => undefined);
  }, [sink]);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody writes captions for live talk */}
      <video
        ref={video}
        className={styles['remote']}
        data-seen={sees || undefined}
        aria-hidden={!sees}
        autoPlay
        playsInline
      />
      {sees ? null : (
        <span className={styles['face']}>
          <Identicon address={address} size={72} />
        </span>
      )}
    </>
  );
}

function Local({ stream }: { stream: MediaStream }) {
  const intl = useIntl();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={video}
      className={styles['local']}
      aria-label={intl.formatMessage({ id: 'messages.call.own' })}
      autoPlay
      playsInline
      muted
    />
  );
}

function Switches({
  call,
  media,
  children,
}: {
  call: CallView;
  media: Media | undefined;
  children: ReactNode;
}) {
  const [isTurning, setTurning] = useState(false);
  const muted = media?.muted === true;
  const camera = media?.camera === true;
  const turn = async (): Promise<void> => {
    setTurning(true);
    await toggleCamera();
    setTurning(false);
  };
  return (
    <div className={styles['switches']}>
      <Switch
        label="messages.call.mute"
        pressed={muted}
        icon={muted ? <MicOff size={17} aria-hidden /> : <Mic size={17} aria-hidden />}
        onClick={toggleMute}
      />
      <Switch
        label="messages.call.camera"
        pressed={camera}
        loading={isTurning}
        icon={camera ? <Video size={17} aria-hidden /> : <VideoOff size={17} aria-hidden />}
        onClick={() => void turn()}
      />
      <Devices media={media} />
      {children}
      <Switch
        label="messages.call.end"
        red
        icon={<PhoneOff size={17} aria-hidden />}
        onClick={() => endCall(call)}
      />
    </div>
  );
}

type SwitchProps = {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onClick: () => void;
  readonly pressed?: boolean;
  readonly loading?: boolean;
  readonly red?: boolean;
};

function Switch({ label, icon, onClick, pressed, loading = false, red = false }: SwitchProps) {
  const intl = useIntl();
  const text = intl.formatMessage({ id: label });
  return (
    <Tooltip label={text} events={{ hover: true, focus: true, touch: false }}>
      <ActionIcon
        size={36}
        variant={red ? 'filled' : pressed === true ? 'light' : 'default'}
        color={red ? 'red' : pressed === true ? 'petrol' : 'gray'}
        aria-label={text}
        aria-pressed={pressed}
        aria-keyshortcuts={red ? 'Alt+Shift+X' : undefined}
        loading={loading}
        onClick={onClick}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

const KINDS: readonly DeviceKind[] = ['audioinput', 'videoinput', 'audiooutput'];
type Choices = Readonly<Record<DeviceKind, readonly DeviceChoice[]>>;

function Devices({ media }: { media: Media | undefined }) {
  const intl = useIntl();
  const [isOpen, setOpen] = useState(false);
  const [choices, setChoices] = useState<Choices | undefined>(undefined);
  useEffect(() => {
    if (!isOpen) return undefined;
    const look = (): void => {
      listMedia().then(setChoices, () => undefined);
    };
    look();
    navigator.mediaDevices.addEventListener('devicechange', look);
    return () => navigator.mediaDevices.removeEventListener('devicechange', look);
  }, [isOpen]);
  const current = (kind: DeviceKind): string | null => {
    const sent = kind === 'audioinput' ? media?.local.getAudioTracks() : media?.local.getVideoTracks();
    const used = kind === 'audiooutput' ? undefined : sent?.[0]?.getSettings().deviceId;
    return media?.chosen[kind] ?? used ?? choices?.[kind][0]?.id ?? null;
  };
  const canChoose = (kind: DeviceKind) =>
    (kind !== 'audiooutput' || 'setSinkId' in HTMLMediaElement.prototype) &&
    (kind !== 'videoinput' || media?.camera === true);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="top-start" withArrow trapFocus width={300}>
      <Popover.Target>
        <ActionIcon
          size={36}
          variant="default"
          aria-label={intl.formatMessage({ id: 'messages.call.devices' })}
          title={intl.formatMessage({ id: 'messages.call.devices' })}
          onClick={() => setOpen(!isOpen)}
        >
          <Settings2 size={17} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {KINDS.filter((kind) => canChoose(kind) && (choices?.[kind].length ?? 0) > 0).map((kind) => (
            <Select
              key={kind}
              size="xs"
              label={intl.formatMessage({ id: `messages.call.device.${kind}` })}
              data={(choices?.[kind] ?? []).map(({ id, label }) => ({ value: id, label }))}
              value={current(kind)}
              allowDeselect={false}
              comboboxProps={{ withinPortal: false }}
              onChange={(id) => void (id === null ? undefined : chooseDevice(kind, id))}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
