// How somebody is told of news, and when not. The browser is asked for its permission when it is chosen, not before.

import { Checkbox, Group, Radio, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { NoticeSettings, Settings } from '../../../node-core/api/index.ts';
import { isDesktop, NOTICES_DEFAULT, saveSettings, useApiCommand, useConsole } from '../../bridge/index.ts';
import { FaultNotice, parseTimeOfDay, timeOfDayText } from '../../ui/index.ts';
import styles from './settings.module.css';

const SHOWS: readonly NoticeSettings['shows'][] = ['nothing', 'name', 'text'];
const NIGHT = { fromMin: 22 * 60, toMin: 7 * 60 };

export function NoticesPanel() {
  const intl = useIntl();
  const notices = useConsole((state) => state.settings.notices) ?? NOTICES_DEFAULT;
  const save = useApiCommand((change: Partial<Settings>) => saveSettings(change));
  const change = (part: Partial<NoticeSettings>) => void save.run({ notices: { ...notices, ...part } });
  return (
    <section className={styles['panel']}>
      <Stack gap="md">
        <div>
          <Title order={2} mb={4}>
            <FormattedMessage id="settings.notices" />
          </Title>
          <Text size="sm" c="dimmed">
            <FormattedMessage id="settings.notices.text" />
          </Text>
        </div>
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
        <Checkbox
          checked={notices.page}
          label={intl.formatMessage({ id: 'settings.notices.page' })}
          onChange={(event) => change({ page: event.currentTarget.checked })}
        />
        <DesktopNotices checked={notices.desktop} onChange={(desktop) => change({ desktop })} />
        <Radio.Group
          label={<FormattedMessage id="settings.notices.shows" />}
          description={isDesktop() ? <FormattedMessage id="settings.notices.locked" /> : undefined}
          value={notices.shows}
          onChange={(value) => {
            const shows = SHOWS.find((known) => known === value);
            if (shows !== undefined) change({ shows });
          }}
        >
          <Stack gap="xs" mt="xs">
            {SHOWS.map((shows) => (
              <Radio
                key={shows}
                value={shows}
                label={intl.formatMessage({ id: `settings.notices.shows.${shows}` })}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Switch
          checked={notices.quiet !== null}
          label={intl.formatMessage({ id: 'settings.notices.quiet' })}
          onChange={(event) => change({ quiet: event.currentTarget.checked ? NIGHT : null })}
        />
        {notices.quiet === null ? null : (
          <QuietHours quiet={notices.quiet} onChange={(quiet) => change({ quiet })} />
        )}
      </Stack>
    </section>
  );
}

type DesktopProps = { readonly checked: boolean; readonly onChange: (checked: boolean) => void };

function DesktopNotices({ checked, onChange }: DesktopProps) {
  const intl = useIntl();
  const [isRefused, setRefused] = useState(false);
  if (!isDesktop() && !('Notification' in window)) return null;
  const choose = async (wanted: boolean): Promise<void> => {
    // The desktop program shows them itself; a browser is asked, on the click that wants them.
    const answer = wanted && !isDesktop() ? await Notification.requestPermission() : 'granted';
    setRefused(answer !== 'granted');
    onChange(wanted && answer === 'granted');
  };
  return (
    <Checkbox
      checked={checked}
      label={intl.formatMessage({ id: isDesktop() ? 'settings.notices.system' : 'settings.notices.desktop' })}
      error={isRefused ? intl.formatMessage({ id: 'settings.notices.refused' }) : undefined}
      onChange={(event) => void choose(event.currentTarget.checked)}
    />
  );
}

type Quiet = NonNullable<NoticeSettings['quiet']>;

function QuietHours({ quiet, onChange }: { quiet: Quiet; onChange: (quiet: Quiet) => void }) {
  const intl = useIntl();
  const field = (name: 'fromMin' | 'toMin') => (
    <TextInput
      type="time"
      label={intl.formatMessage({ id: `settings.notices.quiet.${name}` })}
      defaultValue={timeOfDayText(quiet[name])}
      onChange={(event) => {
        const minute = parseTimeOfDay(event.currentTarget.value);
        if (minute !== undefined) onChange({ ...quiet, [name]: minute });
      }}
    />
  );
  return (
    <Group gap="md">
      {field('fromMin')}
      {field('toMin')}
    </Group>
  );
}
