// Stake goes to a validator, from one to another, or back: how much and to whom, then a summary in words and a held
// button. Nothing moves on a single click.

import { Button, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { StakeView, ValidatorStakeView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { ConfirmDialog, FormDialog, formatAmount, Money, parseAmount, shorten } from '../../ui/index.ts';
import { heldWith, type StakeAct, stakeProblem } from './stake-terms.ts';

/** What the dialog is opened for; `from` is whom the stake lies with now. */
export type StakeTask = {
  readonly act: StakeAct;
  readonly from?: { readonly operator: string; readonly name: string };
};

type Props = {
  readonly actor: string;
  readonly stake: StakeView;
  /** Who may be given stake. */
  readonly validators: readonly ValidatorStakeView[];
  readonly task: StakeTask | undefined;
  readonly onClose: () => void;
};

type Chosen = { readonly amountMicro: bigint; readonly to: ValidatorStakeView | undefined };

/** A new task begins with empty fields. */
export function StakeDialog({ task, ...props }: Props) {
  return task === undefined ? null : (
    <TaskDialog key={`${task.act} ${task.from?.operator}`} task={task} {...props} />
  );
}

function TaskDialog({ actor, stake, validators, task, onClose }: Props & { task: StakeTask }) {
  const intl = useIntl();
  const targets = validators.filter(({ operator }) => operator !== task.from?.operator);
  const [text, setText] = useState('');
  const [operator, setOperator] = useState<string | null>(
    targets.length === 1 ? (targets[0]?.operator ?? null) : null,
  );
  const [tried, setTried] = useState(false);
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  const move = useApiCommand(({ amountMicro, to }: Chosen) =>
    send(actor, task, amountMicro, to?.operator ?? ''),
  );
  const to = task.act === 'undelegate' ? undefined : targets.find((one) => one.operator === operator);
  const amountMicro = parseAmount(text, intl.locale);
  const problem = stakeProblem({ act: task.act, amountMicro, from: task.from?.operator }, stake);
  const lacksTarget = task.act !== 'undelegate' && to === undefined;
  const title = (
    <FormattedMessage id={`network.stake.title.${task.act}`} values={{ name: task.from?.name }} />
  );
  const submit = (): void => {
    setTried(true);
    if (problem === undefined && !lacksTarget && amountMicro !== undefined) setChosen({ amountMicro, to });
  };
  const confirm = async (): Promise<void> => {
    if (chosen === undefined) return;
    const result = await move.run(chosen);
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: `network.stake.done.${task.act}` }));
    onClose();
  };
  if (chosen !== undefined) {
    return (
      <ConfirmDialog
        opened
        onClose={() => {
          move.reset();
          setChosen(undefined);
        }}
        title={title}
        confirmLabel={intl.formatMessage({ id: `network.stake.hold.${task.act}` })}
        onConfirm={() => void confirm()}
        busy={move.busy}
        fault={move.fault}
      >
        <Summary task={task} chosen={chosen} stake={stake} />
      </ConfirmDialog>
    );
  }
  return (
    <FormDialog opened onClose={onClose} title={title} onSubmit={submit}>
      {task.act === 'undelegate' ? null : (
        <TargetField targets={targets} target={to} missing={tried && lacksTarget} onChange={setOperator} />
      )}
      <AmountField
        text={text}
        problem={tried ? problem : undefined}
        limitMicro={task.act === 'delegate' ? stake.availableMicro : heldWith(stake, task.from?.operator)}
        isHeld={task.act !== 'delegate'}
        onChange={setText}
      />
    </FormDialog>
  );
}

function send(actor: string, { act, from }: StakeTask, amountMicro: bigint, to: string) {
  const operator = from?.operator ?? to;
  return act === 'redelegate'
    ? api.network.redelegate({ actor, operator, to, amountMicro })
    : api.network[act]({ actor, operator, amountMicro });
}

function Summary({ task, chosen, stake }: { task: StakeTask; chosen: Chosen; stake: StakeView }) {
  return (
    <Text>
      <FormattedMessage
        id={`network.stake.summary.${task.act}`}
        values={{
          amount: <Money micro={chosen.amountMicro} />,
          name: task.from?.name ?? chosen.to?.name,
          to: chosen.to?.name,
          days: Math.ceil(stake.unbondingS / 86_400),
        }}
      />
    </Text>
  );
}

type TargetProps = {
  readonly targets: readonly ValidatorStakeView[];
  readonly target: ValidatorStakeView | undefined;
  readonly missing: boolean;
  readonly onChange: (operator: string | null) => void;
};

function TargetField({ targets, target, missing, onChange }: TargetProps) {
  const intl = useIntl();
  // Names are the validators' own choice and need not differ; accounts do.
  const label = ({ name, operator }: ValidatorStakeView) => `${name} (${shorten(operator)})`;
  return (
    <Select
      label={<FormattedMessage id="network.stake.target" />}
      placeholder={intl.formatMessage({ id: 'network.stake.target.choose' })}
      description={target === undefined ? undefined : <Standing validator={target} />}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={targets.map((one) => ({ value: one.operator, label: label(one) }))}
      value={target?.operator ?? null}
      onChange={onChange}
      error={missing ? intl.formatMessage({ id: 'network.stake.problem.target' }) : undefined}
      searchable={targets.length > 8}
      nothingFoundMessage={intl.formatMessage({ id: 'network.stake.target.none' })}
      comboboxProps={{ withinPortal: true }}
      data-autofocus
    />
  );
}

function Standing({
  validator: { state, commissionBasisPoints, uptime },
}: {
  validator: ValidatorStakeView;
}) {
  const percent = (value: number) => (
    <FormattedNumber value={value} style="percent" maximumFractionDigits={1} />
  );
  return (
    <FormattedMessage
      id={`network.stake.standing.${state}`}
      values={{ commission: percent(commissionBasisPoints / 10_000), uptime: percent(uptime) }}
    />
  );
}

type AmountProps = {
  readonly text: string;
  readonly problem: string | undefined;
  readonly limitMicro: bigint;
  /** The limit is what lies with a validator, all of which may go. */
  readonly isHeld: boolean;
  readonly onChange: (text: string) => void;
};

function AmountField({ text, problem, limitMicro, isHeld, onChange }: AmountProps) {
  const intl = useIntl();
  return (
    <TextInput
      label={<FormattedMessage id="network.stake.amount" />}
      description={
        <FormattedMessage
          id={isHeld ? 'network.stake.lies' : 'network.stake.available'}
          values={{ amount: <Money micro={limitMicro} /> }}
        />
      }
      inputMode="decimal"
      value={text}
      error={
        problem === undefined ? undefined : intl.formatMessage({ id: `network.stake.problem.${problem}` })
      }
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
      {...(isHeld
        ? {
            rightSectionWidth: 72,
            rightSection: (
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() => onChange(formatAmount(limitMicro, intl.locale))}
              >
                <FormattedMessage id="network.stake.all" />
              </Button>
            ),
          }
        : {})}
    />
  );
}
