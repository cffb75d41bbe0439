// A contract tried with numbers before anybody signs: the form comes from the paradigm's parameters, the endings from
// playing it.

import { Table, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ExampleValues, ExampleView, ParadigmPage } from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import {
  Duration,
  FaultNotice,
  FieldInput,
  keyOf,
  localeOf,
  Money,
  OpeningCosts,
  triedFields,
} from '../../ui/index.ts';
import { useOpeningCosts } from './begin-dialog.tsx';
import { EndingChip } from './ending-chip.tsx';
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
            : triedFields(page.fields).map((field) => (
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

/** Who pays and receives in each ending, side by side. */
function Endings({ example, page }: { example: ExampleView; page: ParadigmPage }) {
  const costs = useOpeningCosts(page.id);
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
      {costs === undefined ? null : <OpeningCosts {...costs} />}
    </>
  );
}
