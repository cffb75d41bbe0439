// Choices of the person at this console. Each is saved at once; there is no save button to forget.

import { Radio, Stack, Title } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import type { Settings } from '../../../node-core/api/index.ts';
import { saveSettings, useApiCommand, useConsole, useShell } from '../../bridge/index.ts';
import { FaultNotice, PageHeader } from '../../ui/index.ts';
import { AboutPanel } from './about-panel.tsx';
import { AccountsPanel } from './accounts-panel.tsx';
import { DataPanels } from './data-panel.tsx';
import { NoticesPanel } from './notices-panel.tsx';
import styles from './settings.module.css';
import { StrangersPanel } from './strangers-panel.tsx';

const LOCALES: readonly Settings['locale'][] = ['en', 'zh-Hans'];
const THEMES: readonly Settings['theme'][] = ['auto', 'light', 'dark'];

export function SettingsPage() {
  const intl = useIntl();
  const settings = useConsole((state) => state.settings);
  const shell = useShell();
  const save = useApiCommand((change: Partial<Settings>) => saveSettings(change));
  return (
    <Stack gap="lg" maw={760}>
      <PageHeader title={<FormattedMessage id="app.page.settings" />} />
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
      <section className={styles['panel']}>
        <Radio.Group
          label={
            <Title order={2}>
              <FormattedMessage id="settings.locale" />
            </Title>
          }
          description={<FormattedMessage id="settings.locale.text" />}
          value={settings.locale}
          onChange={(value) => {
            const locale = LOCALES.find((known) => known === value);
            if (locale !== undefined) void save.run({ locale });
          }}
        >
          <Stack gap="xs" mt="sm">
            {LOCALES.map((locale) => (
              <Radio
                key={locale}
                value={locale}
                lang={locale}
                label={intl.formatMessage({ id: `settings.locale.${locale}` })}
              />
            ))}
          </Stack>
        </Radio.Group>
      </section>
      <section className={styles['panel']}>
        <Radio.Group
          label={
            <Title order={2}>
              <FormattedMessage id="settings.theme" />
            </Title>
          }
          value={settings.theme}
          onChange={(value) => {
            const theme = THEMES.find((known) => known === value);
            if (theme !== undefined) void save.run({ theme });
          }}
        >
          <Stack gap="xs" mt="sm">
            {THEMES.map((theme) => (
              <Radio
                key={theme}
                value={theme}
                label={intl.formatMessage({ id: `settings.theme.${theme}` })}
              />
            ))}
          </Stack>
        </Radio.Group>
      </section>
      <NoticesPanel />
      <StrangersPanel />
      <AccountsPanel />
      <DataPanels shell={shell} />
      <AboutPanel shell={shell} />
    </Stack>
  );
}
