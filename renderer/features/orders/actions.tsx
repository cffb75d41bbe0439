// What the acting person can do with the order now. Each action says what it means before it is sent; those that move
// money, or cannot be undone, are held.

import { Button, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { api, notify, useActor, useApiCommand } from '../../bridge/index.ts';
import { ConfirmDialog, formatAmount, Money, parseAmount } from '../../ui/index.ts';
import {
  type Action,
  type ArgumentProblem,
  checkArguments,
  isAmount,
  isLongText,
  PROBLEM_KINDS,
  type ProblemKind,
  splitActions,
} from './action-terms.ts';
import styles from './orders.module.css';

export function OrderActions({ order }: { order: OrderView }) {
  const [chosen, setChosen] = useState<Action | undefined>(undefined);
  const { forward, out } = splitActions(order.actions);
  if (order.actions.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        <FormattedMessage id={order.final ? 'orders.over' : 'orders.othersTurn'} />
      </Text>
    );
  }
  return (
    <>
      <Group gap="sm">
        {forward.map((action, index) => (
          <Button
            key={action.event}
            variant={index === 0 ? 'filled' : 'light'}
            onClick={() => setChosen(action)}
          >
            {action.label}
          </Button>
        ))}
        {out.map((action) => (
          <Button key={action.event} variant="default" color="red" onClick={() => setChosen(action)}>
            {action.label}
          </Button>
        ))}
      </Group>
      {chosen === undefined ? null : (
        <ActionDialog key={chosen.event} order={order} action={chosen} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}

function ActionDialog({ order, action, onClose }: { order: OrderView; action: Action; onClose: () => void }) {
  const intl = useIntl();
  const actor = useActor();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() => knownTexts(order, intl.locale));
  const [kind, setKind] = useState<ProblemKind | undefined>(undefined);
  const [problems, setProblems] = useState<Readonly<Record<string, ArgumentProblem>>>({});
  const act = useApiCommand((args: Record<string, string>) =>
    api.orders.act({ actor: actor?.address ?? '', id: order.id, event: action.event, args }),
  );
  const asksKind = action.event === 'dispute';
  const confirm = async (): Promise<void> => {
    const checked = checkArguments(action.args, texts, (text) => parseAmount(text, intl.locale));
    setProblems(checked.ok ? {} : checked.problems);
    if (!checked.ok) return;
    const { args } = checked;
    if (asksKind && kind !== undefined && args['reason'] !== undefined) {
      args['reason'] = intl.formatMessage(
        { id: 'orders.problem.text' },
        { kind: intl.formatMessage({ id: `orders.problem.${kind}` }), text: args['reason'] },
      );
    }
    const result = await act.run(args);
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'orders.sent' }, { action: action.label }));
    onClose();
  };
  const held = action.amountMicro !== undefined || action.danger;
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={action.label}
      confirmLabel={action.label}
      onConfirm={() => void confirm()}
      mode={held ? 'hold' : 'click'}
      danger={action.danger && action.event !== 'confirm' && action.event !== 'agree'}
      busy={act.busy}
      fault={act.fault}
    >
      <Stack gap="sm">
        <Text>{action.explanation}</Text>
        {action.amountMicro === undefined ? null : (
          <Text fw={600}>
            <FormattedMessage id="orders.moves" values={{ amount: <Money micro={action.amountMicro} /> }} />
          </Text>
        )}
        {asksKind ? <ProblemChoice kind={kind} onKind={setKind} /> : null}
        {action.args.map((argument) => {
          const props = {
            label: argument.label,
            withAsterisk: argument.required,
            value: texts[argument.name] ?? '',
            error: problemText(intl.formatMessage, problems[argument.name]),
            onChange: (event: { currentTarget: { value: string } }) => {
              const { value } = event.currentTarget;
              setTexts((all) => ({ ...all, [argument.name]: value }));
            },
          };
          if (isLongText(argument))
            return <Textarea key={argument.name} {...props} minRows={3} autosize maxLength={400} />;
          return (
            <TextInput
              key={argument.name}
              {...props}
              {...(isAmount(argument)
                ? { inputMode: 'decimal' as const, rightSection: 'DPN', rightSectionWidth: 48 }
                : {})}
              maxLength={120}
            />
          );
        })}
        {asksKind ? <Outcomes order={order} /> : null}
      </Stack>
    </ConfirmDialog>
  );
}

/** The offer that is agreed to is the one on the screen: nobody has to copy it. */
function knownTexts(order: OrderView, locale: string): Readonly<Record<string, string>> {
  const { refundOfferedMicro } = order;
  return refundOfferedMicro === undefined ? {} : { refundMicro: formatAmount(refundOfferedMicro, locale) };
}

function problemText(
  format: (descriptor: { id: string }) => string,
  problem: ArgumentProblem | undefined,
): string | undefined {
  return problem === undefined ? undefined : format({ id: `orders.argument.${problem}` });
}

function ProblemChoice({
  kind,
  onKind,
}: {
  kind: ProblemKind | undefined;
  onKind: (kind: ProblemKind) => void;
}) {
  return (
    <Radio.Group
      label={<FormattedMessage id="orders.problem" />}
      value={kind ?? ''}
      onChange={(value) => {
        const found = PROBLEM_KINDS.find((one) => one === value);
        if (found !== undefined) onKind(found);
      }}
    >
      <Stack gap={6} mt={6}>
        {PROBLEM_KINDS.map((one) => (
          <Radio key={one} value={one} label={<FormattedMessage id={`orders.problem.${one}`} />} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** What usually comes of it, before it is begun. */
function Outcomes({ order }: { order: OrderView }) {
  const items = ['refund', 'withdraw', 'noAgreement'] as const;
  return (
    <div>
      <Text size="sm" fw={600}>
        <FormattedMessage id="orders.outcomes" />
      </Text>
      <ul className={styles['outcomes']}>
        {items.map((item) => (
          <li key={item}>
            <Text size="sm">
              <FormattedMessage
                id={`orders.outcomes.${item}`}
                values={{ owner: <Money micro={order.quote.payouts.owner} /> }}
              />
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}
