// How a paradigm goes, state by state: who can do what, and what happens if nobody does. And every way it can end.

import { Table, Title } from '@mantine/core';
import { Hourglass } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ParadigmPage, ParadigmStateView } from '../../../node-core/api/index.ts';
import { EndingChip } from './ending-chip.tsx';
import styles from './paradigms.module.css';

export function Course({ page }: { page: ParadigmPage }) {
  return (
    <section>
      <Title order={2}>
        <FormattedMessage id="paradigms.course" />
      </Title>
      <ol className={styles['course']}>
        {page.course.map((state) => (
          <li key={state.label}>
            <StateCard state={state} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function StateCard({ state: { label, explain, options, silence } }: { state: ParadigmStateView }) {
  const intl = useIntl();
  return (
    <>
      <Title order={3} size="h4">
        {label}
      </Title>
      <p className={styles['stateText']}>{explain}</p>
      <ul className={styles['options']}>
        {options.map((option) => (
          <li key={`${option.label} ${option.who.join()}`}>
            <span className={styles['who']}>
              {intl.formatList(option.who, { type: 'disjunction', style: 'short' })}
            </span>
            <span>
              <strong>{option.label}</strong>
              {option.to === undefined ? null : <span className={styles['to']}> → {option.to}</span>}
              <span className={styles['optionText']}>{option.explain}</span>
              {option.dispute ? (
                <span className={styles['optionText']}>
                  <FormattedMessage id="paradigms.disputes" />
                </span>
              ) : null}
              {option.onlyIf === undefined ? null : (
                <span className={styles['optionText']}>
                  <FormattedMessage id="paradigms.refusedIf" values={{ reason: option.onlyIf }} />
                </span>
              )}
            </span>
          </li>
        ))}
        {silence === undefined ? null : (
          <li>
            <span className={styles['who']}>
              <Hourglass size={14} aria-hidden />
              <FormattedMessage id="paradigms.nobody" />
            </span>
            <span>
              <FormattedMessage
                id="paradigms.silence"
                values={{ after: silence.after, label: <strong>{silence.label}</strong> }}
              />
              <span className={styles['to']}> → {silence.to}</span>
              <span className={styles['optionText']}>{silence.explain}</span>
            </span>
          </li>
        )}
      </ul>
    </>
  );
}

export function Ends({ page }: { page: ParadigmPage }) {
  return (
    <section>
      <Title order={2} mb="xs">
        <FormattedMessage id="paradigms.ends" />
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <FormattedMessage id="paradigms.ends.end" />
              </Table.Th>
              <Table.Th>
                <FormattedMessage id="paradigms.ends.when" />
              </Table.Th>
              <Table.Th>
                <FormattedMessage id="paradigms.ends.receives" />
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {page.ends.map(({ label, kind, explain, receives }) => (
              <Table.Tr key={label}>
                <Table.Td>
                  <EndingChip kind={kind} label={label} />
                </Table.Td>
                <Table.Td>{explain}</Table.Td>
                <Table.Td>
                  {receives.length === 0 ? (
                    <FormattedMessage id="paradigms.ends.nothing" />
                  ) : (
                    receives.map((line) => <div key={line}>{line}</div>)
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
