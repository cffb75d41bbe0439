// A contract tried with numbers before anybody signs: the form comes from the paradigm's parameters, the endings from
// playing it.

import { NumberInput, Select, Switch, Table, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type {
  ExampleValues,
  ExampleView,
  ParadigmField,
  ParadigmPage,
} from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import { Duration, FaultNotice, Money } from '../../ui/index.ts';
import { EndingChip } from './ending-chip.tsx';
import {
  amountText,
  DURATION_UNITS,
  type DurationUnit,
  formFields,
  inUnit,
  localeOf,
  readNumber,
  toSeconds,
  unitOf,
} from './form-values.ts';
import styles from './paradigms.module.css';

const TYPING_PAUSE_MS = 350;

export function TryNumbers({ page }: { page: ParadigmPage }) {
  const locale = localeOf(useIntl().locale);
  const [chosen, setChosen] = useState<ExampleValues>({});
  const [settled] = useDebouncedValue(chosen, TYPING_PAUSE_MS);
  const example = useApiQuery(
    ['orders', 'paradigm-example', page.id, locale, keyOf(settled)],
    ({ signal }) => api.paradigms.example({ id: page.id, locale, values: settled }, { signal }),
    { keepPrevious: true, immutable: true },
  );
  const initial = example.data?.values;
  return (
    <section className={styles['try']}>
      <Title order={2}>
        <FormattedMessage id="paradigms.try" />
      </Title>
      <p className={styles['note']}>
        <FormattedMessage id="paradigms.try.text" />
      </p>
      <div className={styles['tryBody']}>
        <div className={styles['form']}>
          {initial === undefined
            ? null
            : formFields(page.fields).map((field) => (
                <FieldInput
                  key={field.name}
                  field={field}
                  initial={initial[field.name]}
                  onChange={(value) => setChosen((known) => ({ ...known, [field.name]: value }))}
                />
              ))}
        </div>
        <div>
          {example.fault === undefined ? null : <FaultNotice fault={example.fault} />}
          {example.data === undefined ? null : <Endings example={example.data} page={page} />}
        </div>
      </div>
    </section>
  );
}

function keyOf(values: ExampleValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join('&');
}

type InputProps = {
  readonly field: ParadigmField;
  readonly initial: ExampleValues[string] | undefined;
  readonly onChange: (value: ExampleValues[string]) => void;
};

function FieldInput(props: InputProps) {
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

/** Who pays and receives in each ending, side by side. */
function Endings({ example, page }: { example: ExampleView; page: ParadigmPage }) {
  const people = page.parties
    .map(({ label }) => label)
    .filter((label) => example.endings.some(({ money }) => money.some(({ who }) => who === label)));
  return (
    <>
      <Table.ScrollContainer minWidth={600}>
        <Table className={styles['money'] ?? ''} verticalSpacing="xs" horizontalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <FormattedMessage id="paradigms.ends.end" />
              </Table.Th>
              {people.map((label) => (
                <Table.Th key={label} ta="right">
                  {label}
                </Table.Th>
              ))}
              <Table.Th ta="right">
                <FormattedMessage id="paradigms.try.latest" />
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {example.endings.map((ending) => (
              <Table.Tr key={ending.label}>
                <Table.Td>
                  <EndingChip kind={ending.kind} label={ending.label} />
                </Table.Td>
                {people.map((label) => {
                  const line = ending.money.find(({ who }) => who === label);
                  return (
                    <Table.Td key={label} ta="right">
                      {line === undefined ? (
                        '–'
                      ) : (
                        <Money micro={line.receivedMicro - line.paidMicro} signed />
                      )}
                    </Table.Td>
                  );
                })}
                <Table.Td ta="right">
                  <Duration seconds={ending.latestS} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <p className={styles['note']}>
        <FormattedMessage
          id="paradigms.try.silence"
          values={{
            label: <strong>{example.silence.label}</strong>,
            after: <Duration seconds={example.silence.afterS} />,
          }}
        />
      </p>
    </>
  );
}
