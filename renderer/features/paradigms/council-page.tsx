// The council: what is under review and how it was decided, who reviews with what at stake, and how to take part.

import {
  Badge,
  Button,
  Group,
  Progress,
  Skeleton,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { CircleCheck, CircleX, Landmark } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CouncilView, ReviewView } from '../../../node-core/api/index.ts';
import { api, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import {
  amountText,
  ConfirmDialog,
  Duration,
  EmptyState,
  FaultNotice,
  localeOf,
  Money,
  PageHeader,
  PartyChip,
  parseAmount,
  TimeText,
} from '../../ui/index.ts';
import { Explained } from './paradigm-page.tsx';
import styles from './paradigms.module.css';
import { Sections } from './sections.tsx';

export function CouncilPage() {
  const locale = localeOf(useIntl().locale);
  const actor = useActor()?.address ?? '';
  const council = useApiQuery(
    ['orders', 'council', actor, locale],
    ({ signal }) => api.council.view({ actor, locale }, { signal }),
    { enabled: actor !== '' },
  );
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title={<FormattedMessage id="paradigms.section.council" />}
          subtitle={<FormattedMessage id="paradigms.council.subtitle" />}
        />
        <Sections current="council" />
      </div>
      {council.fault === undefined ? null : <FaultNotice fault={council.fault} onRetry={council.refetch} />}
      {council.data === undefined ? (
        council.fault === undefined ? (
          <Skeleton height={260} aria-busy="true" />
        ) : null
      ) : (
        <>
          <Reviews council={council.data} actor={actor} />
          <Reviewers council={council.data} actor={actor} />
          <Terms council={council.data} />
        </>
      )}
    </Stack>
  );
}

function Reviews({ council, actor }: { council: CouncilView; actor: string }) {
  const { reviews, terms } = council;
  if (reviews.length === 0) {
    return (
      <EmptyState
        icon={<Landmark size={26} />}
        title={<FormattedMessage id="paradigms.council.empty" />}
        text={<FormattedMessage id="paradigms.council.empty.text" />}
      />
    );
  }
  return (
    <ul className={styles['reviews']}>
      {reviews.map((review) => (
        <Review key={review.id} review={review} actor={actor} terms={terms} />
      ))}
    </ul>
  );
}

type ReviewProps = {
  readonly review: ReviewView;
  readonly actor: string;
  readonly terms: CouncilView['terms'];
};

function Review({ review, actor, terms }: ReviewProps) {
  const [shown, setShown] = useState(false);
  const part = (micro: bigint): number =>
    review.totalMicro === 0n ? 0 : Number((micro * 1000n) / review.totalMicro) / 10;
  return (
    <li className={styles['review']}>
      <div className={styles['cardHead']}>
        <Title order={2} size="h3">
          {review.title}{' '}
          <span className={styles['version']}>
            <FormattedMessage id="paradigms.version" values={{ version: review.version }} />
          </span>
        </Title>
        <Group gap={6} wrap="nowrap">
          {review.appealed ? (
            <Badge variant="outline" color="gray">
              <FormattedMessage id="paradigms.review.appealed" />
            </Badge>
          ) : null}
          <Badge variant={review.status === 'open' ? 'light' : 'default'}>
            <FormattedMessage id={statusWords(review)} />
          </Badge>
        </Group>
      </div>
      <div className={styles['byline']}>
        <FormattedMessage id={`paradigms.review.subject.${review.subject}`} />
        <PartyChip party={review.sender} size={20} />
        <span>
          <FormattedMessage
            id={review.status === 'open' ? 'paradigms.review.ends' : 'paradigms.review.ended'}
            values={{ time: <TimeText timeS={review.endsS} relative={review.status === 'open'} /> }}
          />
        </span>
      </div>
      {review.text === '' ? null : <p className={styles['reported']}>{review.text}</p>}
      <Progress.Root size="lg" mt="sm" aria-hidden>
        <Progress.Section value={part(review.yesMicro)} color="petrol" />
        <Progress.Section value={part(review.noMicro)} color="red" />
      </Progress.Root>
      <p className={styles['note']}>
        <FormattedMessage
          id="paradigms.review.tally"
          values={{
            yes: <Money micro={review.yesMicro} />,
            no: <Money micro={review.noMicro} />,
            total: <Money micro={review.totalMicro} />,
          }}
        />
      </p>
      <ul className={styles['votes']}>
        {review.votes.map(({ reviewer, approve, reason }) => (
          <li key={reviewer.address}>
            {approve ? <CircleCheck size={16} aria-hidden /> : <CircleX size={16} aria-hidden />}
            <PartyChip party={reviewer} size={18} />
            <span>{reason}</span>
          </li>
        ))}
      </ul>
      <Group gap="xs" mt="sm">
        {review.subject === 'paradigm' ? (
          <Button variant="default" size="xs" onClick={() => setShown(!shown)} aria-expanded={shown}>
            <FormattedMessage id={shown ? 'paradigms.review.hide' : 'paradigms.review.read'} />
          </Button>
        ) : null}
        {review.canVote ? <Vote review={review} actor={actor} /> : null}
        {review.canAppeal ? <Appeal review={review} actor={actor} terms={terms} /> : null}
      </Group>
      {shown ? <Document id={review.id} /> : null}
    </li>
  );
}

/** Of a report: whether it is right. */
function statusWords({ subject, status }: ReviewView) {
  const judged = status === 'approved' || status === 'rejected';
  return subject === 'bug' && judged
    ? (`paradigms.review.bug.${status}` as const)
    : (`paradigms.review.${status}` as const);
}

function Document({ id }: { id: string }) {
  const locale = localeOf(useIntl().locale);
  const page = useApiQuery(
    ['orders', 'review-document', id, locale],
    ({ signal }) => api.council.document({ id, locale }, { signal }),
    { immutable: true },
  );
  if (page.fault !== undefined) return <FaultNotice fault={page.fault} />;
  return page.data === undefined ? (
    <Skeleton height={240} mt="md" aria-busy="true" />
  ) : (
    <Stack gap="lg" mt="md">
      <Explained page={page.data} />
    </Stack>
  );
}

function Vote({ review, actor }: { review: ReviewView; actor: string }) {
  const intl = useIntl();
  const [approve, setApprove] = useState<boolean | undefined>(undefined);
  const [reason, setReason] = useState('');
  const vote = useApiCommand((yes: boolean) =>
    api.council.vote({ actor, id: review.id, approve: yes, reason }),
  );
  const close = (): void => setApprove(undefined);
  const isBug = review.subject === 'bug';
  const words = {
    yes: isBug ? 'paradigms.review.bug' : 'paradigms.review.approve',
    no: isBug ? 'paradigms.review.no-bug' : 'paradigms.review.reject',
  } as const;
  return (
    <>
      <Button size="xs" onClick={() => setApprove(true)}>
        <FormattedMessage id={words.yes} />
      </Button>
      <Button size="xs" color="red" variant="light" onClick={() => setApprove(false)}>
        <FormattedMessage id={words.no} />
      </Button>
      <ConfirmDialog
        opened={approve !== undefined}
        onClose={close}
        title={<FormattedMessage id={approve ? words.yes : words.no} />}
        confirmLabel={intl.formatMessage({ id: 'paradigms.review.vote' })}
        danger={approve === false}
        busy={vote.busy}
        fault={vote.fault}
        onConfirm={() => {
          if (approve !== undefined && reason.trim() !== '')
            void vote.run(approve).then((done) => done.ok && close());
        }}
      >
        <Stack gap="sm">
          <Text>
            <FormattedMessage id="paradigms.review.vote.text" />
          </Text>
          <Textarea
            label={<FormattedMessage id="paradigms.review.reason" />}
            maxLength={1000}
            rows={4}
            required
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Stack>
      </ConfirmDialog>
    </>
  );
}

function Appeal({ review, actor, terms }: ReviewProps) {
  const intl = useIntl();
  const [opened, setOpened] = useState(false);
  const appeal = useApiCommand(() => api.council.appeal({ actor, id: review.id }));
  return (
    <>
      <Button size="xs" variant="light" onClick={() => setOpened(true)}>
        <FormattedMessage id="paradigms.review.appeal" />
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={<FormattedMessage id="paradigms.review.appeal" />}
        confirmLabel={intl.formatMessage({ id: 'paradigms.review.appeal' })}
        busy={appeal.busy}
        fault={appeal.fault}
        onConfirm={() => void appeal.run().then((done) => done.ok && setOpened(false))}
      >
        <FormattedMessage
          id="paradigms.review.appeal.text"
          values={{ fee: <Money micro={terms.appealMicro} />, vote: <Duration seconds={terms.voteS} /> }}
        />
      </ConfirmDialog>
    </>
  );
}

function Reviewers({ council, actor }: { council: CouncilView; actor: string }) {
  const { mine, reviewers, terms } = council;
  const [dialog, setDialog] = useState<'join' | 'leave' | undefined>(undefined);
  return (
    <section>
      <Title order={2}>
        <FormattedMessage id="paradigms.council.reviewers" />
      </Title>
      <ul className={styles['reviewers']}>
        {reviewers.map(({ party, stakeMicro }) => (
          <li key={party.address}>
            <PartyChip party={party} />
            <Money micro={stakeMicro} />
          </li>
        ))}
      </ul>
      {mine?.leavesS !== undefined ? (
        <p className={styles['note']}>
          <FormattedMessage
            id="paradigms.council.leaving"
            values={{ stake: <Money micro={mine.stakeMicro} />, time: <TimeText timeS={mine.leavesS} /> }}
          />
        </p>
      ) : (
        <Group gap="xs" mt="sm">
          <Button variant="light" onClick={() => setDialog('join')}>
            <FormattedMessage id={mine === undefined ? 'paradigms.council.join' : 'paradigms.council.more'} />
          </Button>
          {mine === undefined ? null : (
            <Button variant="default" onClick={() => setDialog('leave')}>
              <FormattedMessage id="paradigms.council.leave" />
            </Button>
          )}
        </Group>
      )}
      {dialog === undefined ? null : (
        <StakeDialog dialog={dialog} terms={terms} actor={actor} onClose={() => setDialog(undefined)} />
      )}
    </section>
  );
}

type StakeProps = {
  readonly dialog: 'join' | 'leave';
  readonly terms: CouncilView['terms'];
  readonly actor: string;
  readonly onClose: () => void;
};

function StakeDialog({ dialog, terms, actor, onClose }: StakeProps) {
  const intl = useIntl();
  const [text, setText] = useState(amountText(terms.stakeMicro, intl.locale));
  const amountMicro = parseAmount(text, intl.locale);
  const send = useApiCommand(async () => {
    if (dialog === 'leave') await api.council.leave({ actor });
    else await api.council.join({ actor, amountMicro: amountMicro ?? 0n });
  });
  const label = intl.formatMessage({ id: `paradigms.council.${dialog}` });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={label}
      confirmLabel={label}
      danger={dialog === 'leave'}
      busy={send.busy}
      fault={send.fault}
      onConfirm={() => void send.run().then((done) => done.ok && onClose())}
    >
      <Stack gap="sm">
        <Text>
          <FormattedMessage
            id={`paradigms.council.${dialog}.text`}
            values={{ leave: <Duration seconds={terms.leaveS} />, stake: <Money micro={terms.stakeMicro} /> }}
          />
        </Text>
        {dialog === 'leave' ? null : (
          <TextInput
            label={<FormattedMessage id="paradigms.council.amount" />}
            inputMode="decimal"
            value={text}
            error={amountMicro === undefined ? <FormattedMessage id="ui.field.number" /> : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Stack>
    </ConfirmDialog>
  );
}

function Terms({ council: { terms, bountyMicro } }: { council: CouncilView }) {
  return (
    <section>
      <Title order={2}>
        <FormattedMessage id="paradigms.council.terms" />
      </Title>
      <p className={styles['note']}>
        <FormattedMessage
          id="paradigms.council.terms.text"
          values={{
            fee: <Money micro={terms.feeMicro} />,
            appeal: <Money micro={terms.appealMicro} />,
            bond: <Money micro={terms.bondMicro} />,
            bounty: <Money micro={terms.bountyMicro} />,
            pool: <Money micro={bountyMicro} />,
            vote: <Duration seconds={terms.voteS} />,
          }}
        />
      </p>
    </section>
  );
}
