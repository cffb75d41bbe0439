// What this console is: version and updates, network, slicer, and under which licences it and its parts may be used.

import { Anchor, Button, Group, Modal, Skeleton, Table, Tabs, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ExternalLink, RotateCcw, Scale } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import {
  api,
  href,
  installUpdate,
  openOutside,
  type Shell,
  useApiQuery,
  useConsole,
} from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './settings.module.css';

const LICENCE_URL = 'https://www.gnu.org/licenses/agpl-3.0.html';

export function AboutPanel({ shell }: { shell: Shell }) {
  const status = useConsole((state) => state.status);
  const [reading, licences] = useDisclosure(false);
  return (
    <section className={styles['panel']} aria-labelledby="about">
      <Title order={2} id="about">
        <FormattedMessage id="settings.about" />
      </Title>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="settings.about.version" />
        </dt>
        <dd>{status?.version ?? '…'}</dd>
        <dt>
          <FormattedMessage id="settings.about.update" />
        </dt>
        <dd>
          <Updates shell={shell} />
        </dd>
        <dt>
          <FormattedMessage id="settings.about.network" />
        </dt>
        <dd>{status?.chainId ?? '…'}</dd>
        <dt>
          <FormattedMessage id="settings.about.slicer" />
        </dt>
        <dd>
          {status === undefined
            ? '…'
            : (status.slicer ?? <FormattedMessage id="settings.about.slicer.none" />)}
        </dd>
        <dt>
          <FormattedMessage id="settings.about.licence" />
        </dt>
        <dd>
          <FormattedMessage id="settings.about.licence.text" />
        </dd>
      </dl>
      <Group gap="sm" mt="md">
        <Button variant="default" leftSection={<Scale size={16} aria-hidden />} onClick={licences.open}>
          <FormattedMessage id="settings.licences.open" />
        </Button>
        <Button
          variant="subtle"
          leftSection={<ExternalLink size={16} aria-hidden />}
          onClick={() => openOutside(LICENCE_URL)}
        >
          <FormattedMessage id="settings.licences.gnu" />
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mt="md">
        <FormattedMessage id="settings.about.text" />
      </Text>
      <Anchor href={href('/welcome')} mt="sm" display="inline-block">
        <FormattedMessage id="settings.about.welcome" />
      </Anchor>
      <Licences opened={reading} onClose={licences.close} />
    </section>
  );
}

function Updates({ shell }: { shell: Shell }) {
  const [waits, setWaits] = useState(false);
  const state = shell.update ?? 'browser';
  const install = async (): Promise<void> => setWaits(!(await installUpdate().catch(() => false)));
  return (
    <>
      <span role="status">
        <FormattedMessage id={`settings.about.update.${state}`} />
      </span>
      {state === 'ready' ? (
        <div>
          <Button
            size="compact-sm"
            mt={6}
            leftSection={<RotateCcw size={14} aria-hidden />}
            onClick={() => void install()}
          >
            <FormattedMessage id="settings.about.update.install" />
          </Button>
          {waits ? (
            <Text size="sm" c="dimmed" mt={4} role="alert">
              <FormattedMessage id="settings.about.update.waits" />
            </Text>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

function Licences({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const intl = useIntl();
  const licences = useApiQuery(
    ['settings', 'licences'],
    ({ signal }) => api.system.licences(undefined, { signal }),
    { enabled: opened, immutable: true },
  );
  const { data } = licences;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="xl"
      title={<FormattedMessage id="settings.licences" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      {licences.fault !== undefined ? (
        <FaultNotice fault={licences.fault} onRetry={licences.refetch} />
      ) : data === undefined ? (
        <Skeleton height={320} />
      ) : (
        <Tabs defaultValue="packages">
          <Tabs.List>
            <Tabs.Tab value="packages">
              <FormattedMessage id="settings.licences.packages" />
            </Tabs.Tab>
            <Tabs.Tab value="own">
              <FormattedMessage id="settings.licences.own" />
            </Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="packages" pt="md">
            <Text size="sm" c="dimmed" mb="sm">
              <FormattedMessage
                id="settings.licences.count"
                values={{ count: <FormattedNumber value={data.packages.length} /> }}
              />
            </Text>
            <Table stickyHeader>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>
                    <FormattedMessage id="settings.licences.name" />
                  </Table.Th>
                  <Table.Th>
                    <FormattedMessage id="settings.licences.version" />
                  </Table.Th>
                  <Table.Th>
                    <FormattedMessage id="settings.licences.licence" />
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.packages.map(({ name, version, licence }) => (
                  <Table.Tr key={`${name}@${version}`}>
                    <Table.Td translate="no">{name}</Table.Td>
                    <Table.Td>{version}</Table.Td>
                    <Table.Td translate="no">{licence}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Tabs.Panel>
          <Tabs.Panel value="own" pt="md">
            <pre className={styles['licence']} lang="en">
              {data.text}
            </pre>
          </Tabs.Panel>
        </Tabs>
      )}
    </Modal>
  );
}
