// All paradigms at a glance: what each is for, how it can end, how often it was used and with what result.

import { Badge, Title } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ParadigmCard } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import {
  Card,
  CardLink,
  CardList,
  CardSkeletons,
  FaultNotice,
  localeOf,
  PageHeader,
} from '../../ui/index.ts';
import { EndingChip } from './ending-chip.tsx';
import styles from './paradigms.module.css';
import { Sections } from './sections.tsx';

export function ParadigmGallery() {
  const locale = localeOf(useIntl().locale);
  const paradigms = useApiQuery(['orders', 'paradigms', locale], ({ signal }) =>
    api.paradigms.list({ locale }, { signal }),
  );
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.paradigms" />}
        subtitle={<FormattedMessage id="paradigms.subtitle" />}
      />
      <Sections current="gallery" />
      {paradigms.fault === undefined ? null : (
        <FaultNotice fault={paradigms.fault} onRetry={paradigms.refetch} />
      )}
      {paradigms.data === undefined ? (
        paradigms.fault === undefined ? (
          <CardSkeletons count={3} heightPx={250} wide />
        ) : null
      ) : (
        <CardList wide>
          {paradigms.data.map((paradigm) => (
            <ParadigmTile key={paradigm.id} paradigm={paradigm} />
          ))}
        </CardList>
      )}
    </>
  );
}

function ParadigmTile({ paradigm }: { paradigm: ParadigmCard }) {
  const { id, title, summary, version, published, endings } = paradigm;
  return (
    <Card>
      <div className={styles['cardBody']}>
        <div className={styles['cardHead']}>
          <Title order={2} className={styles['cardTitle'] ?? ''}>
            <CardLink to={href(`/paradigms/${id}`)}>{title}</CardLink>
          </Title>
          <span className={styles['version']}>
            <FormattedMessage id="paradigms.version" values={{ version }} />
          </span>
        </div>
        <p className={styles['summary']}>{summary}</p>
        <ul className={styles['chips']}>
          {endings.map((ending) => (
            <li key={ending.label}>
              <EndingChip kind={ending.kind} label={ending.label} />
            </li>
          ))}
        </ul>
        <div className={styles['cardFoot']}>
          {published === undefined ? (
            <Badge variant="default">
              <FormattedMessage id="paradigms.unpublished" />
            </Badge>
          ) : (
            <Uses paradigm={paradigm} />
          )}
          {published?.closed === undefined ? null : (
            <Badge color="red" variant="light">
              <FormattedMessage id={`paradigms.closed.${published.closed}`} />
            </Badge>
          )}
        </div>
      </div>
    </Card>
  );
}

function Uses({ paradigm: { uses } }: { paradigm: ParadigmCard }) {
  const total = uses.open + uses.ended;
  const good = uses.endings
    .filter(({ kind }) => kind === 'success')
    .reduce((sum, { count }) => sum + count, 0);
  return (
    <span className={styles['uses']}>
      <span>
        <FormattedMessage id="paradigms.uses" values={{ total }} />
      </span>
      {uses.ended === 0 ? null : (
        <span>
          <FormattedMessage id="paradigms.uses.ended" values={{ ended: uses.ended, good }} />
        </span>
      )}
      {total === 0 || uses.disputes === undefined ? null : (
        <span>
          <FormattedMessage id="paradigms.uses.disputes" values={{ count: uses.disputes }} />
        </span>
      )}
    </span>
  );
}
