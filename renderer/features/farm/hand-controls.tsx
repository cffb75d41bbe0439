// The machine moved and heated by hand while nothing prints, and the owner's macros: named lines of G-code. Each button
// sends plain commands, one after the other, that the terminal shows; the first refusal ends the row.

import {
  ActionIcon,
  Button,
  Group,
  Modal,
  NumberInput,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { House, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, ShopView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import { CutterHand } from './cutter-hand.tsx';
import styles from './farm.module.css';
import { linesOf, MACRO_CHARS_MAX, MACRO_NAME_CHARS_MAX, MACROS_MAX, moveLines } from './hand-lines.ts';
import { JogPad } from './jog-pad.tsx';

const FANS = [0, 128, 255] as const;
const EXTRUDE_MM = 5;

type Send = { readonly send: (...lines: readonly string[]) => void; readonly disabled: boolean };

export function HandControls({ machine }: { machine: MachineView }) {
  const run = useApiCommand(async (lines: readonly string[]) => {
    for (const command of lines)
      await api.machines.send({ id: machine.id, command, expiresMs: expiresSoon() });
  });
  if (!machine.takesCommands) return null;
  const cuts = machine.process !== 'fdm';
  // A mill that stands in the middle of a job is where its job needs it.
  const ready = machine.state === 'idle' || (machine.state === 'paused' && !cuts);
  const part: Send = { send: (...lines) => void run.run(lines), disabled: !ready || run.busy };
  return (
    <section className={styles['panel']} aria-labelledby="by-hand">
      <Title order={2} id="by-hand" mb="xs">
        <FormattedMessage id="farm.hand" />
      </Title>
      <Stack gap="sm">
        {ready ? null : (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="farm.terminal.busy" />
          </Text>
        )}
        {cuts ? <CutterHand machine={machine} busy={run.busy} {...part} /> : <PrinterJog {...part} />}
        {cuts ? null : <Heat machine={machine} {...part} />}
        <Macros machine={machine} {...part} />
        {run.fault === undefined ? null : <FaultNotice fault={run.fault} compact />}
      </Stack>
    </section>
  );
}

function PrinterJog({ send, disabled }: Send) {
  const intl = useIntl();
  return (
    <JogPad
      disabled={disabled}
      onMove={(axis, mm) => send(...moveLines(axis, mm))}
      centre={
        <ActionIcon
          size="lg"
          variant="light"
          aria-label={intl.formatMessage({ id: 'farm.hand.homeXy' })}
          title={intl.formatMessage({ id: 'farm.hand.homeXy' })}
          disabled={disabled}
          onClick={() => send('G28 X Y')}
        >
          <House size={18} aria-hidden />
        </ActionIcon>
      }
    >
      <Button size="compact-sm" variant="light" disabled={disabled} onClick={() => send('G28')}>
        <FormattedMessage id="farm.hand.home" />
      </Button>
      <Button size="compact-sm" variant="subtle" disabled={disabled} onClick={() => send('M84')}>
        <FormattedMessage id="farm.hand.free" />
      </Button>
    </JogPad>
  );
}

function Heat({ machine, send, disabled }: Send & { machine: MachineView }) {
  const intl = useIntl();
  const { nozzleTargetC, bedTargetC } = machine.temperatures;
  const [nozzleC, setNozzleC] = useState<number>(nozzleTargetC ?? 0);
  const [bedC, setBedC] = useState<number>(bedTargetC ?? 0);
  const heaters = [
    ['M104', nozzleC, setNozzleC, 'farm.nozzle', 300],
    ['M140', bedC, setBedC, 'farm.bed', 130],
  ] as const;
  return (
    <>
      <Group gap="sm" align="flex-end">
        {heaters.map(([code, value, set, label, max]) => (
          <Group key={code} gap={6} wrap="nowrap" align="flex-end">
            <NumberInput
              size="xs"
              label={intl.formatMessage({ id: label })}
              value={value}
              min={0}
              max={max}
              suffix=" °C"
              allowDecimal={false}
              w={96}
              onChange={(typed) => set(Number(typed) || 0)}
            />
            <Button
              size="xs"
              px="xs"
              variant="light"
              style={{ flexShrink: 0 }}
              disabled={disabled}
              aria-label={intl.formatMessage(
                { id: 'farm.hand.setOf' },
                { heater: intl.formatMessage({ id: label }) },
              )}
              onClick={() => send(`${code} S${value}`)}
            >
              <FormattedMessage id="farm.hand.set" />
            </Button>
          </Group>
        ))}
      </Group>
      <Group gap={6}>
        <Button
          size="compact-sm"
          variant="default"
          disabled={disabled}
          onClick={() => send(...moveLines('E', EXTRUDE_MM))}
        >
          <FormattedMessage id="farm.hand.extrude" values={{ mm: EXTRUDE_MM }} />
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={disabled}
          onClick={() => send(...moveLines('E', -EXTRUDE_MM))}
        >
          <FormattedMessage id="farm.hand.retract" values={{ mm: EXTRUDE_MM }} />
        </Button>
        {FANS.map((speed) => (
          <Button
            key={speed}
            size="compact-sm"
            variant="default"
            disabled={disabled}
            onClick={() => send(speed === 0 ? 'M107' : `M106 S${speed}`)}
          >
            <FormattedMessage id="farm.hand.fan" values={{ share: speed / 255 }} />
          </Button>
        ))}
        <Button
          size="compact-sm"
          variant="subtle"
          disabled={disabled}
          onClick={() => send('M104 S0', 'M140 S0', 'M107')}
        >
          <FormattedMessage id="farm.hand.allOff" />
        </Button>
      </Group>
    </>
  );
}

type Macro = ShopView['macros'][number];

function Macros({ machine, send, disabled }: Send & { machine: MachineView }) {
  const { id } = machine;
  const shop = useApiQuery(['machines', 'shop', id], ({ signal }) => api.machines.shop({ id }, { signal }));
  const save = useApiCommand((macros: Macro[]) => api.machines.saveShop({ id, macros }));
  const [editing, setEditing] = useState<{ readonly macro: Macro; readonly index: number } | undefined>();
  if (shop.data === undefined) return null;
  const { macros } = shop.data;
  const replace = async (index: number, ...by: Macro[]): Promise<void> => {
    const saved = await save.run([...macros.slice(0, index), ...by, ...macros.slice(index + 1)]);
    if (saved.ok) setEditing(undefined);
  };
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        <FormattedMessage id="farm.macros" />
      </Text>
      <Group gap={6}>
        {macros.map((macro, index) => (
          <Button.Group key={macro.name}>
            <Button
              size="compact-sm"
              variant="light"
              disabled={disabled}
              onClick={() => send(...linesOf(macro.commands))}
            >
              {macro.name}
            </Button>
            <Button size="compact-sm" variant="light" onClick={() => setEditing({ macro, index })}>
              <FormattedMessage id="farm.macros.edit" values={{ name: macro.name }} />
            </Button>
          </Button.Group>
        ))}
        {macros.length >= MACROS_MAX ? null : (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => setEditing({ macro: { name: '', commands: '' }, index: macros.length })}
          >
            <FormattedMessage id="farm.macros.add" />
          </Button>
        )}
      </Group>
      {editing === undefined ? null : (
        <MacroDialog
          key={editing.index}
          macro={editing.macro}
          taken={macros.filter((_, index) => index !== editing.index).map(({ name }) => name)}
          fault={save.fault}
          onClose={() => setEditing(undefined)}
          onSave={(macro) => void replace(editing.index, macro)}
          {...(editing.index < macros.length ? { onRemove: () => void replace(editing.index) } : {})}
        />
      )}
    </div>
  );
}

function MacroDialog(props: {
  macro: Macro;
  taken: readonly string[];
  fault: Parameters<typeof FaultNotice>[0]['fault'] | undefined;
  onClose: () => void;
  onSave: (macro: Macro) => void;
  onRemove?: () => void;
}) {
  const intl = useIntl();
  const [macro, setMacro] = useState(props.macro);
  const name = macro.name.trim();
  const twice = props.taken.includes(name);
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={<FormattedMessage id="farm.macros.title" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="sm">
        <TextInput
          label={intl.formatMessage({ id: 'farm.macros.name' })}
          value={macro.name}
          maxLength={MACRO_NAME_CHARS_MAX}
          error={twice ? intl.formatMessage({ id: 'farm.macros.twice' }) : undefined}
          onChange={(event) => setMacro({ ...macro, name: event.currentTarget.value })}
        />
        <Textarea
          label={intl.formatMessage({ id: 'farm.macros.commands' })}
          description={intl.formatMessage({ id: 'farm.macros.note' })}
          value={macro.commands}
          maxLength={MACRO_CHARS_MAX}
          autosize
          minRows={4}
          onChange={(event) => setMacro({ ...macro, commands: event.currentTarget.value })}
        />
        {props.fault === undefined ? null : <FaultNotice fault={props.fault} compact />}
        <Group justify="space-between">
          {props.onRemove === undefined ? (
            <span />
          ) : (
            <Button
              variant="subtle"
              color="red"
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={props.onRemove}
            >
              <FormattedMessage id="farm.macros.remove" />
            </Button>
          )}
          <Button
            disabled={name === '' || twice || linesOf(macro.commands).length === 0}
            onClick={() => props.onSave({ name, commands: macro.commands })}
          >
            <FormattedMessage id="farm.macros.save" />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
