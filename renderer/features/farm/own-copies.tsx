// How many copies of a file, on which machines, until when: the split is shown before anything is queued.

import {
  Badge,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, OwnFileView, SpreadView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, TimeText } from '../../ui/index.ts';
import styles from './farm.module.css';
import { suits } from './own-batches.ts';

const COPIES_MAX = 1000;

type Props = {
  readonly file: OwnFileView;
  readonly owner: string;
  readonly machines: readonly MachineView[];
  readonly onClose: () => void;
};

export function CopiesDialog({ file, owner, machines, onClose }: Props) {
  const intl = useIntl();
  const able = machines.filter(({ process }) => suits(file.process, process));
  const materials = offersOf(able);
  const [copies, setCopies] = useState(1);
  const [machineIds, setMachineIds] = useState<readonly string[]>(able.map(({ id }) => id));
  const [offer, setOffer] = useState(materials[0]?.value ?? '');
  const [deadline, setDeadline] = useState('');
  const [material = '', colour = ''] = offer.split(' ');
  const deadlineMs = deadline === '' ? undefined : new Date(deadline).getTime();
  const wish = {
    actor: owner,
    fileId: file.id,
    copies,
    machineIds: [...machineIds],
    material,
    colour,
    ...(deadlineMs === undefined || Number.isNaN(deadlineMs) ? {} : { deadlineMs }),
  };
  const isWhole = machineIds.length > 0 && copies >= 1;
  const plan = useApiQuery(
    ['jobs', 'plan', JSON.stringify(wish)],
    ({ signal }) => api.files.plan(wish, { signal }),
    { enabled: isWhole },
  );
  const queue = useApiCommand(() => api.files.queue(wish));
  const submit = async (): Promise<void> => {
    const queued = await queue.run();
    if (!queued.ok) return;
    notify('success', intl.formatMessage({ id: 'farm.own.queued' }, { copies, title: file.name }));
    onClose();
  };
  const hasPlace = plan.data?.shares.some((share) => share.copies > 0) === true;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={intl.formatMessage({ id: 'farm.own.make.title' }, { title: file.name })}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        <Group align="flex-start" grow>
          <NumberInput
            label={intl.formatMessage({ id: 'farm.own.copies' })}
            value={copies}
            min={1}
            max={COPIES_MAX}
            allowDecimal={false}
            data-autofocus
            onChange={(value) => setCopies(Math.max(1, Math.min(COPIES_MAX, Math.trunc(Number(value)) || 1)))}
          />
          <TextInput
            type="datetime-local"
            label={intl.formatMessage({ id: 'farm.own.deadline' })}
            value={deadline}
            onChange={(event) => setDeadline(event.currentTarget.value)}
          />
        </Group>
        {file.process === 'printing' ? (
          <Select
            label={intl.formatMessage({ id: 'farm.own.material' })}
            value={offer}
            data={materials}
            allowDeselect={false}
            onChange={(value) => setOffer(value ?? '')}
          />
        ) : null}
        <Checkbox.Group
          label={intl.formatMessage({ id: 'farm.own.machines' })}
          value={[...machineIds]}
          onChange={setMachineIds}
        >
          <Stack gap={8} mt={6}>
            {able.length === 0 ? (
              <Text size="sm" c="dimmed">
                <FormattedMessage id={`farm.own.noMachine.${file.process}`} />
              </Text>
            ) : null}
            {able.map((machine) => (
              <Group key={machine.id} justify="space-between" wrap="nowrap">
                <Checkbox value={machine.id} label={machine.name} />
                <ShareWords id={machine.id} plan={plan.data} isChosen={machineIds.includes(machine.id)} />
              </Group>
            ))}
          </Stack>
        </Checkbox.Group>
        {plan.fault === undefined ? null : <FaultNotice fault={plan.fault} compact />}
        {queue.fault === undefined ? null : <FaultNotice fault={queue.fault} compact />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            <FormattedMessage id="ui.cancel" />
          </Button>
          <Button disabled={!isWhole || !hasPlace} loading={queue.busy} onClick={() => void submit()}>
            <FormattedMessage id="farm.own.queue" values={{ copies }} />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

type WordsProps = { readonly id: string; readonly plan: SpreadView | undefined; readonly isChosen: boolean };

/** What the plan gives the machine, or why it gets nothing. */
function ShareWords({ id, plan, isChosen }: WordsProps) {
  const intl = useIntl();
  if (!isChosen || plan === undefined) return null;
  const reasonsText = (reasons: readonly string[]) =>
    intl.formatList(
      reasons.map((reason) => intl.formatMessage({ id: `farm.mismatch.${reason}` })),
      { type: 'conjunction' },
    );
  const unable = plan.unable.find(({ machineId }) => machineId === id);
  if (unable !== undefined)
    return (
      <Text size="sm" c="var(--mantine-color-error)">
        {reasonsText(unable.reasons)}
      </Text>
    );
  const share = plan.shares.find(({ machineId }) => machineId === id);
  if (share === undefined) return null;
  const needs = share.needs.filter((need) => need !== 'none-loaded');
  return (
    <div className={styles['share']}>
      <Text size="sm">
        {share.doneMs === undefined ? (
          <FormattedMessage id="farm.own.none" />
        ) : (
          <FormattedMessage
            id="farm.own.done"
            values={{ copies: share.copies, time: <TimeText timeS={share.doneMs / 1000} /> }}
          />
        )}
        {share.late ? (
          <Badge size="sm" color="red" variant="light" ml={6}>
            <FormattedMessage id="farm.plan.late" />
          </Badge>
        ) : null}
      </Text>
      {needs.length === 0 ? null : (
        <Text size="xs" c="orange">
          {reasonsText(needs)}
        </Text>
      )}
    </div>
  );
}

/** Every material in every colour that one of the machines offers, once. */
function offersOf(machines: readonly MachineView[]): { value: string; label: string }[] {
  const known = new Map<string, string>();
  for (const { materials } of machines)
    for (const { material, colour, colourName } of materials)
      known.set(`${material} ${colour}`, `${material} · ${colourName}`);
  return [...known].map(([value, label]) => ({ value, label }));
}
