// One paradigm: what it does in a picture and in words, what can go wrong, and what it means in money and dates.

import { Anchor, Badge, Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { CircleAlert, FileX2 } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ParadigmPage as Page } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery, useRoute } from '../../bridge/index.ts';
import {
  BackLink,
  EmptyState,
  FaultNotice,
  Hash,
  localeOf,
  PartyChip,
  TimeText,
  usePageDetail,
} from '../../ui/index.ts';
import { BeginDialog } from './begin-dialog.tsx';
import { Course, Ends } from './course.tsx';
import { ParadigmActions } from './paradigm-actions.tsx';
import styles from './paradigms.module.css';
import { SvgPicture } from './svg-picture.tsx';
import { TryNumbers } from './try-numbers.tsx';

export function ParadigmPage({ id }: { id: string }) {
  const locale = localeOf(useIntl().locale);
  const known = /^[0-9a-f]{64}$/.test(id);
  const paradigm = useApiQuery(
    ['orders', 'paradigm', id, locale],
    ({ signal }) => api.paradigms.get({ id, locale }, { signal }),
    { enabled: known },
  );
  return (
    <Stack gap="lg">
      <Back />
      {known ? null : (
        <EmptyState
          icon={<FileX2 size={26} />}
          title={<FormattedMessage id="paradigms.unknown.title" />}
          text={<FormattedMessage id="paradigms.unknown.text" />}
        />
      )}
      {paradigm.fault === undefined ? null : (
        <FaultNotice fault={paradigm.fault} onRetry={paradigm.refetch} />
      )}
      {paradigm.data !== undefined ? (
        <Details page={paradigm.data} />
      ) : known && paradigm.fault === undefined ? (
        <Stack gap="md" aria-busy="true">
          <Skeleton height={34} width="40%" />
          <Skeleton height={90} />
          <Skeleton height={420} />
        </Stack>
      ) : null}
    </Stack>
  );
}

export function Back() {
  return (
    <BackLink to={href('/paradigms')}>
      <FormattedMessage id="paradigms.back" />
    </BackLink>
  );
}

function Details({ page }: { page: Page }) {
  usePageDetail(page.title);
  return (
    <>
      <div>
        <Title order={1}>{page.title}</Title>
        <div className={styles['byline']}>
          <FormattedMessage id="paradigms.version" values={{ version: page.version }} />
          {page.published === undefined ? (
            <Badge variant="default">
              <FormattedMessage id="paradigms.unpublished" />
            </Badge>
          ) : (
            <>
              <PartyChip party={page.published.author} size={22} />
              {page.published.height === 0 ? (
                <FormattedMessage id="paradigms.published.genesis" />
              ) : (
                <span>
                  <FormattedMessage
                    id="paradigms.published"
                    values={{
                      time: <TimeText timeS={page.published.timeS} />,
                      height: page.published.height.toString(),
                    }}
                  />
                </span>
              )}
            </>
          )}
          <Hash value={page.id} head={8} tail={6} />
        </div>
        <Text mt="sm" maw="78ch">
          {page.summary}
        </Text>
      </div>
      <Begin page={page} />
      <UsedSoFar page={page} />
      <TryNumbers page={page} />
      <Explained page={page} />
      <ParadigmActions page={page} />
    </>
  );
}

/** What the document says, in a picture and in words: for a published one and for a draft alike. */
export function Explained({ page }: { page: Page }) {
  const intl = useIntl();
  return (
    <>
      {page.risks.length === 0 ? null : (
        <section className={styles['risks']}>
          <Title order={2} className={styles['withIcon'] ?? ''}>
            <CircleAlert size={19} aria-hidden />
            <FormattedMessage id="paradigms.risks" />
          </Title>
          <ul>
            {page.risks.map((risk) => (
              <li key={risk}>{risk}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <Title order={2}>
          <FormattedMessage id="paradigms.diagram" />
        </Title>
        <SvgPicture
          svg={page.diagram}
          label={intl.formatMessage({ id: 'paradigms.diagram.label' }, { title: page.title })}
          className={styles['diagram'] ?? ''}
        />
      </section>
      <Course page={page} />
      <Ends page={page} />
      <section>
        <Title order={2}>
          <FormattedMessage id="paradigms.parties" />
        </Title>
        <dl className={styles['parties']}>
          {page.parties.map(({ label, explain }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{explain}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function Begin({ page }: { page: Page }) {
  const design = useRoute().query.get('design') ?? undefined;
  const [opened, setOpened] = useState(design !== undefined);
  if (page.published?.closed !== undefined) {
    return (
      <p className={styles['note']}>
        <FormattedMessage id={`paradigms.closed.${page.published.closed}.text`} />
      </p>
    );
  }
  if (page.published === undefined) return null;
  if (page.begins !== 'here') {
    return (
      <p className={styles['note']}>
        <FormattedMessage
          id={`paradigms.begins.${page.begins}`}
          values={{
            market: (text) => <Anchor href={href('/market')}>{text}</Anchor>,
            products: (text) => <Anchor href={href('/products')}>{text}</Anchor>,
          }}
        />
      </p>
    );
  }
  return (
    <div>
      <Button onClick={() => setOpened(true)}>
        <FormattedMessage id="paradigms.begin" />
      </Button>
      {opened ? <BeginDialog page={page} design={design} onClose={() => setOpened(false)} /> : null}
    </div>
  );
}

function Disputes({ count }: { count: number | undefined }) {
  if (count === undefined) return <FormattedMessage id="paradigms.uses.disputes.none" />;
  return (
    <>
      <span>
        <FormattedMessage id="paradigms.uses.disputes" values={{ count }} />
      </span>
      <span className={styles['usedNote']}>
        <FormattedMessage id="paradigms.uses.disputes.text" />
      </span>
    </>
  );
}

function UsedSoFar({ page: { uses, published } }: { page: Page }) {
  if (published === undefined) {
    return (
      <p className={styles['note']}>
        <FormattedMessage id="paradigms.unpublished.text" />
      </p>
    );
  }
  const total = uses.open + uses.ended;
  return (
    <section className={styles['used']}>
      <strong>
        <FormattedMessage id="paradigms.uses" values={{ total }} />
      </strong>
      {total === 0 ? null : (
        <span>
          <FormattedMessage id="paradigms.uses.open" values={{ open: uses.open }} />
        </span>
      )}
      {uses.endings.map(({ label, count }) => (
        <span key={label}>
          {label}: <strong>{count}</strong>
        </span>
      ))}
      {total === 0 ? null : <Disputes count={uses.disputes} />}
      {uses.complete ? null : <FormattedMessage id="paradigms.uses.newest" />}
    </section>
  );
}
