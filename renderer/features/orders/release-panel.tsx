// What the designer's console gave of the print file to a printer elsewhere: which copies, how far, when; and the stop.

import { Button, Group, ScrollArea, Table, Text, Title } from '@mantine/core';
import { FileSignature, OctagonX, Play } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView, ReleaseView } from '../../../node-core/api/index.ts';
import { api, notify, saveFile, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';

export function ReleasePanel({ order }: { order: OrderView }) {
  const actor = useActor();
  const isDesigner = actor?.address.toLowerCase() === order.designer.address.toLowerCase();
  const release = useApiQuery(
    ['orders', 'release', order.id],
    ({ signal }) => api.orders.release({ id: order.id }, { signal }),
    { enabled: isDesigner && order.licence?.released === true },
  );
  if (!isDesigner || release.data === undefined || release.data === null) return null;
  const { machineName, stopped, copies } = release.data;
  return (
    <section className={styles['panel']} aria-labelledby="release">
      <Title order={2} id="release" mb={4}>
        <FormattedMessage id="orders.release" />
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <FormattedMessage
          id={stopped ? 'orders.release.stopped' : 'orders.release.explain'}
          values={{ machine: machineName }}
        />
      </Text>
      {copies.length === 0 ? (
        <Text size="sm" mb="sm">
          <FormattedMessage id="orders.release.none" />
        </Text>
      ) : (
        <Copies copies={copies} />
      )}
      <Group gap="sm">
        {order.final ? null : <StopButton orderId={order.id} machineName={machineName} stopped={stopped} />}
        {copies.length === 0 ? null : <SaveButton orderId={order.id} />}
      </Group>
      {copies.length === 0 ? null : (
        <Text size="xs" c="dimmed" mt="xs" maw="72ch">
          <FormattedMessage id="orders.release.save.explain" />
        </Text>
      )}
    </section>
  );
}

function Copies({ copies }: { copies: ReleaseView['copies'] }) {
  const intl = useIntl();
  return (
    <ScrollArea
      type="auto"
      mb="sm"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'orders.release' }) }}
    >
      <Table verticalSpacing={4} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {(['copy', 'given', 'printed', 'last'] as const).map((column) => (
              <Table.Th key={column}>
                <FormattedMessage id={`orders.release.${column}`} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {copies.map(({ copy, attempt, parts, released, printed, lastMs }) => (
            <Table.Tr key={`${copy}.${attempt}`}>
              <Table.Td>
                <FormattedMessage id="orders.release.attempt" values={{ copy, attempt }} />
              </Table.Td>
              <Table.Td className={styles['short'] ?? ''}>
                <FormattedMessage id="orders.release.parts" values={{ count: released, parts }} />
              </Table.Td>
              <Table.Td>{intl.formatNumber(printed)}</Table.Td>
              <Table.Td className={styles['short'] ?? ''}>
                <TimeText timeS={Math.floor(lastMs / 1000)} relative />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function SaveButton({ orderId }: { readonly orderId: string }) {
  const intl = useIntl();
  const exported = useApiCommand(async () => {
    const { file, fileName } = await api.orders.exportRelease({ id: orderId });
    return { fileName, saved: await saveFile(file, fileName) };
  });
  const save = async (): Promise<void> => {
    const result = await exported.run();
    if (!result.ok || !result.value.saved) return;
    const { fileName } = result.value;
    notify('success', intl.formatMessage({ id: 'orders.evidence.saved' }, { fileName }));
  };
  return (
    <>
      <Button
        variant="default"
        loading={exported.busy}
        leftSection={<FileSignature size={16} aria-hidden />}
        onClick={() => void save()}
      >
        <FormattedMessage id="orders.release.save" />
      </Button>
      {exported.fault === undefined ? null : <FaultNotice fault={exported.fault} />}
    </>
  );
}

type StopProps = { readonly orderId: string; readonly machineName: string; readonly stopped: boolean };

function StopButton({ orderId, machineName, stopped }: StopProps) {
  const intl = useIntl();
  const actor = useActor();
  const [asks, setAsks] = useState(false);
  const command = useApiCommand(() =>
    api.orders.stopRelease({ actor: actor?.address ?? '', id: orderId, stopped: !stopped }),
  );
  const label = intl.formatMessage({ id: stopped ? 'orders.release.allow' : 'orders.release.stop' });
  const confirm = async (): Promise<void> => {
    const result = await command.run();
    if (result.ok) setAsks(false);
  };
  const Icon = stopped ? Play : OctagonX;
  return (
    <>
      <Button
        variant="default"
        {...(stopped ? {} : { color: 'red' })}
        leftSection={<Icon size={16} aria-hidden />}
        onClick={() => setAsks(true)}
      >
        {label}
      </Button>
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title={label}
        confirmLabel={label}
        onConfirm={() => void confirm()}
        mode={stopped ? 'click' : 'hold'}
        danger={!stopped}
        busy={command.busy}
        fault={command.fault}
      >
        <Text>
          <FormattedMessage
            id={stopped ? 'orders.release.allow.explain' : 'orders.release.stop.explain'}
            values={{ machine: machineName }}
          />
        </Text>
      </ConfirmDialog>
    </>
  );
}
