// All paradigms at a glance: what each is for, how it can end, how often it was used and with what result.

import { Badge, Skeleton, Title } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ParadigmCard } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, localeOf, PageHeader } from '../../ui/index.ts';
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
          <div className={styles['grid']} aria-busy="true">
            {['a', 'b', 'c'].map((card) => (
              <Skeleton key={card} height={250} radius="lg" />
            ))}
          </div>
        ) : null
      ) : (
        <ul className={styles['grid']}>
          {paradigms.data.map((paradigm) => (
            <Card key={paradigm.id} paradigm={paradigm} />
          ))}
        </ul>
      )}
    </>
  );
}

function Card({ paradigm }: { paradigm: ParadigmCard }) {
  const { id, title, summary, version, published, endings } = paradigm;
  return (
    <li className={styles['card']}>
      <div className={styles['cardHead']}>
        <Title order={2} className={styles['cardTitle'] ?? ''}>
          <a className={styles['cardLink']} href={href(`/paradigms/${id}`)}>
            {title}
          </a>
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
    </li>
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
