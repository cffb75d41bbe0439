// Where this console keeps its things, what protects the keys in it, and how a demo world is thrown away.

import { Alert, Button, Group, List, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { FolderOpen, KeyRound, RotateCcw, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import {
  api,
  beginAnew,
  isDesktop,
  openDataFolder,
  type Shell,
  useApiCommand,
  useApiQuery,
  useConsole,
} from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, formatBytes } from '../../ui/index.ts';
import styles from './settings.module.css';

type About = Awaited<ReturnType<typeof api.system.about>>;

export function DataPanels({ shell }: { shell: Shell }) {
  const about = useApiQuery(['settings', 'about'], ({ signal }) => api.system.about(undefined, { signal }));
  if (about.fault !== undefined) return <FaultNotice fault={about.fault} onRetry={about.refetch} />;
  if (about.data === undefined) return null;
  return (
    <>
      <Keys about={about.data} shell={shell} />
      <Folder about={about.data} />
      {about.data.demoWorld ? <DemoWorld /> : null}
    </>
  );
}

/** Said as it is, also where that is less than one would like. */
function Keys({ about, shell }: { about: About; shell: Shell }) {
  const kind = about.keys === 'file' ? 'file' : shell.info?.vault;
  return (
    <section className={styles['panel']} aria-labelledby="keys">
      <Title order={2} id="keys" mb="sm">
        <FormattedMessage id="settings.keys" />
      </Title>
      {kind === undefined ? null : (
        <Alert
          color={kind === 'system' ? 'petrol' : 'yellow'}
          variant="light"
          icon={
            kind === 'system' ? <KeyRound size={18} aria-hidden /> : <TriangleAlert size={18} aria-hidden />
          }
          title={<FormattedMessage id={`settings.keys.${kind}`} />}
        >
          <FormattedMessage id={`settings.keys.${kind}.text`} />
        </Alert>
      )}
      <Text size="sm" c="dimmed" mt="sm">
        <FormattedMessage id="settings.keys.backup" />
      </Text>
    </section>
  );
}

function Folder({ about }: { about: About }) {
  const { locale } = useIntl();
  const [failed, setFailed] = useState(false);
  const open = async (): Promise<void> => setFailed(!(await openDataFolder().catch(() => false)));
  return (
    <section className={styles['panel']} aria-labelledby="folder">
      <Title order={2} id="folder" mb="sm">
        <FormattedMessage id="settings.folder" />
      </Title>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="settings.folder.place" />
        </dt>
        <dd className={styles['path']} translate="no">
          {about.folder}
        </dd>
        <dt>
          <FormattedMessage id="settings.folder.size" />
        </dt>
        <dd>{formatBytes(about.sizeBytes, locale)}</dd>
      </dl>
      <Text size="sm" c="dimmed" mt="sm">
        <FormattedMessage id="settings.folder.text" />
      </Text>
      {isDesktop() ? (
        <Button
          mt="md"
          variant="default"
          leftSection={<FolderOpen size={16} aria-hidden />}
          onClick={() => void open()}
        >
          <FormattedMessage id="settings.folder.open" />
        </Button>
      ) : null}
      {failed ? (
        <Text size="sm" c="red" mt="xs" role="alert">
          <FormattedMessage id="settings.folder.failed" />
        </Text>
      ) : null}
    </section>
  );
}

const LOST = ['people', 'money', 'models', 'prints'] as const;

function DemoWorld() {
  const intl = useIntl();
  const [asking, dialog] = useDisclosure(false);
  const [leaving, setLeaving] = useState(false);
  const printing = useConsole((state) => (state.status?.activePrinters ?? 0) > 0);
  const startOver = useApiCommand(() => api.system.startOver({ understood: true }));
  const confirm = async (): Promise<void> => {
    const result = await startOver.run();
    if (!result.ok) return;
    setLeaving(true);
    await beginAnew();
  };
  return (
    <section className={styles['panel']} aria-labelledby="demo">
      <Title order={2} id="demo" mb={4}>
        <FormattedMessage id="settings.demo" />
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        <FormattedMessage id="settings.demo.text" />
      </Text>
      <Group gap="md">
        <Button
          variant="default"
          leftSection={<RotateCcw size={16} aria-hidden />}
          onClick={() => {
            startOver.reset();
            dialog.open();
          }}
        >
          <FormattedMessage id="settings.demo.start" />
        </Button>
        {printing ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="settings.demo.printing" />
          </Text>
        ) : null}
      </Group>
      <ConfirmDialog
        opened={asking}
        onClose={dialog.close}
        title={<FormattedMessage id="settings.demo.confirm" />}
        confirmLabel={intl.formatMessage({ id: 'settings.demo.confirm.yes' })}
        onConfirm={() => void confirm()}
        mode="click"
        danger
        busy={startOver.busy || leaving}
        fault={startOver.fault}
      >
        <Stack gap="sm">
          <Text>
            <FormattedMessage id="settings.demo.lost" />
          </Text>
          <List spacing={4} size="sm">
            {LOST.map((what) => (
              <List.Item key={what}>
                <FormattedMessage id={`settings.demo.lost.${what}`} />
              </List.Item>
            ))}
          </List>
          <Text size="sm" c="dimmed" role={leaving ? 'status' : undefined}>
            <FormattedMessage id={leaving ? 'settings.demo.leaving' : 'settings.demo.kept'} />
          </Text>
        </Stack>
      </ConfirmDialog>
    </section>
  );
}
