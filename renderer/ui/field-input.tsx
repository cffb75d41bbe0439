// One field of a form that a paradigm's parameters or a step's arguments ask for.

import { NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ExampleValues, ParadigmField } from '../../node-core/api/index.ts';
import {
  amountText,
  DURATION_UNITS,
  type DurationUnit,
  inUnit,
  readList,
  readNumber,
  toSeconds,
  unitOf,
} from './field-values.ts';
import styles from './ui.module.css';
import { Duration } from './values.tsx';

type InputProps = {
  readonly field: ParadigmField;
  readonly initial: ExampleValues[string] | undefined;
  readonly onChange: (value: ExampleValues[string]) => void;
};

export function FieldInput(props: InputProps) {
  const { field, initial, onChange } = props;
  switch (field.kind) {
    case 'bool':
      return (
        <Switch
          label={field.label}
          description={field.explain}
          defaultChecked={initial === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <Select
          label={field.label}
          description={field.explain}
          data={[...(field.options ?? [])]}
          defaultValue={typeof initial === 'string' ? initial : null}
          allowDeselect={false}
          onChange={(value) => value !== null && onChange(value)}
        />
      );
    case 'text':
    case 'hash':
    case 'address':
      return (
        <TextInput
          label={field.label}
          description={field.explain}
          maxLength={field.maxChars ?? 1000}
          defaultValue={typeof initial === 'string' ? initial : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'duration':
      return <DurationInput {...props} />;
    case 'time':
      return (
        <TextInput
          type="datetime-local"
          label={field.label}
          description={field.explain}
          onChange={(event) => {
            const atMs = new Date(event.currentTarget.value).getTime();
            if (!Number.isNaN(atMs)) onChange(BigInt(Math.floor(atMs / 1000)));
          }}
        />
      );
    case 'list':
      return <ListInput {...props} />;
    default:
      return <AmountInput {...props} />;
  }
}

/** One item on each line. */
function ListInput({ field, onChange }: InputProps) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const read = readList(field, text, intl.locale);
  return (
    <Textarea
      label={field.label}
      description={
        <>
          {field.explain}{' '}
          <FormattedMessage id="ui.field.list" values={{ items: field.itemsMax, of: field.of }} />
        </>
      }
      autosize
      minRows={2}
      maxRows={8}
      value={text}
      error={
        'problem' in read ? (
          <FormattedMessage
            id={`ui.field.${read.problem === 'items' ? 'items' : 'numbers'}`}
            values={{ items: field.itemsMax }}
          />
        ) : undefined
      }
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        const filled = readList(field, next, intl.locale);
        if ('value' in filled) onChange(filled.value);
      }}
    />
  );
}

function AmountInput({ field, initial, onChange }: InputProps) {
  const intl = useIntl();
  const first = typeof initial === 'bigint' ? initial : undefined;
  const [text, setText] = useState(
    first === undefined ? '' : field.kind === 'amount' ? amountText(first, intl.locale) : first.toString(),
  );
  // Empty is not wrong before anybody typed.
  const read = text === '' && first === undefined ? { value: 0n } : readNumber(field, text, intl.locale);
  const limit = (value: number | undefined): string =>
    value === undefined
      ? ''
      : field.kind === 'amount'
        ? amountText(BigInt(value), intl.locale)
        : String(value);
  return (
    <TextInput
      label={field.label}
      description={field.explain}
      inputMode="decimal"
      rightSection={
        field.kind === 'amount' || field.kind === 'percent' ? (
          <span className={styles['fieldUnit']}>{field.kind === 'amount' ? 'DPN' : '%'}</span>
        ) : undefined
      }
      rightSectionWidth={48}
      value={text}
      error={
        'problem' in read ? (
          <FormattedMessage
            id={`ui.field.${read.problem}`}
            values={{ min: limit(field.min), max: limit(field.max) }}
          />
        ) : undefined
      }
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        const filled = readNumber(field, next, intl.locale);
        if ('value' in filled) onChange(filled.value);
      }}
    />
  );
}

function DurationInput({ field, initial, onChange }: InputProps) {
  const intl = useIntl();
  const first = typeof initial === 'bigint' ? initial : 0n;
  const [unit, setUnit] = useState<DurationUnit>(unitOf(first));
  const [count, setCount] = useState(inUnit(first, unit));
  const change = (nextCount: bigint, nextUnit: DurationUnit): void => {
    setCount(nextCount);
    setUnit(nextUnit);
    const read = readNumber(field, toSeconds(nextCount, nextUnit).toString(), intl.locale);
    if ('value' in read) onChange(read.value);
  };
  const read = readNumber(field, toSeconds(count, unit).toString(), intl.locale);
  return (
    <div className={styles['durationField']}>
      <NumberInput
        label={field.label}
        description={field.explain}
        value={Number(count)}
        min={0}
        allowDecimal={false}
        allowNegative={false}
        onChange={(value) => change(BigInt(Math.trunc(Number(value)) || 0), unit)}
        error={
          'problem' in read ? (
            <FormattedMessage
              id={`ui.field.${read.problem}`}
              values={{
                min: <Duration seconds={field.min ?? 0} />,
                max: <Duration seconds={field.max ?? 0} />,
              }}
            />
          ) : undefined
        }
      />
      <Select
        aria-label={intl.formatMessage({ id: 'ui.field.unit' }, { label: field.label })}
        w={112}
        value={unit}
        allowDeselect={false}
        data={DURATION_UNITS.map((value) => ({
          value,
          label: intl.formatMessage({ id: `ui.unit.${value}` }),
        }))}
        onChange={(value) => {
          const next = DURATION_UNITS.find((known) => known === value);
          if (next !== undefined) change(count, next);
        }}
      />
    </div>
  );
}
