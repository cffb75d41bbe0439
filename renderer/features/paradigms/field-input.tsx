// One field of a form that a paradigm's parameters or a step's arguments ask for.

import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ExampleValues, ParadigmField } from '../../../node-core/api/index.ts';
import { Duration } from '../../ui/index.ts';
import {
  amountText,
  DURATION_UNITS,
  type DurationUnit,
  inUnit,
  readNumber,
  toSeconds,
  unitOf,
} from './form-values.ts';
import styles from './paradigms.module.css';

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
    default:
      return <AmountInput {...props} />;
  }
}

function AmountInput({ field, initial, onChange }: InputProps) {
  const intl = useIntl();
  const first = typeof initial === 'bigint' ? initial : 0n;
  const [text, setText] = useState(
    field.kind === 'amount' ? amountText(first, intl.locale) : first.toString(),
  );
  const read = readNumber(field, text, intl.locale);
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
          <span className={styles['unit']}>{field.kind === 'amount' ? 'DPN' : '%'}</span>
        ) : undefined
      }
      rightSectionWidth={48}
      value={text}
      error={
        'problem' in read ? (
          <FormattedMessage
            id={`paradigms.try.${read.problem}`}
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
    <div className={styles['duration']}>
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
              id={`paradigms.try.${read.problem}`}
              values={{
                min: <Duration seconds={field.min ?? 0} />,
                max: <Duration seconds={field.max ?? 0} />,
              }}
            />
          ) : undefined
        }
      />
      <Select
        aria-label={intl.formatMessage({ id: 'paradigms.try.unit' }, { label: field.label })}
        w={112}
        value={unit}
        allowDeselect={false}
        data={DURATION_UNITS.map((value) => ({
          value,
          label: intl.formatMessage({ id: `paradigms.unit.${value}` }),
        }))}
        onChange={(value) => {
          const next = DURATION_UNITS.find((known) => known === value);
          if (next !== undefined) change(count, next);
        }}
      />
    </div>
  );
}
