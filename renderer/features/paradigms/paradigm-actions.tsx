// What can be done about a published paradigm besides using it: report a bug in it, and, as its author, withdraw it. Each
// says before it is signed what it costs, what follows, and that it cannot be taken back.

import { Alert, Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { Bug } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CouncilView, ParadigmPage } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, Duration, localeOf, Money, TimeText } from '../../ui/index.ts';

const REPORT_CHARS_MAX = 4000;

export function ParadigmActions({ page }: { page: ParadigmPage }) {
  const locale = localeOf(useIntl().locale);
  const actor = useActor()?.address ?? '';
  const [asked, setAsked] = useState<'report' | 'withdraw' | undefined>(undefined);
  const council = useApiQuery(
    ['orders', 'council', actor, locale],
    ({ signal }) => api.council.view({ actor, locale }, { signal }),
    { enabled: actor !== '' && page.published !== undefined },
  ).data;
  if (page.published === undefined || council === undefined) return null;
  const close = () => setAsked(undefined);
  const isOpen = page.published.closed === undefined;
  const isAuthor = page.published.author.address === actor;
  return (
    <Stack gap="sm">
      <Verdict council={council} paradigmId={page.id} />
      <Reports council={council} paradigmId={page.id} />
      {isOpen ? (
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<Bug size={16} aria-hidden />}
            onClick={() => setAsked('report')}
          >
            <FormattedMessage id="paradigms.report" />
          </Button>
          {isAuthor ? (
            <Button variant="light" color="red" onClick={() => setAsked('withdraw')}>
              <FormattedMessage id="paradigms.withdraw" />
            </Button>
          ) : null}
        </Group>
      ) : null}
      {asked === 'report' ? (
        <ReportDialog page={page} actor={actor} council={council} onClose={close} />
      ) : null}
      {asked === 'withdraw' ? <WithdrawDialog page={page} actor={actor} onClose={close} /> : null}
    </Stack>
  );
}

/** What the council said of it last; nothing of documents that a network began with. */
function Verdict({ council, paradigmId }: { council: CouncilView; paradigmId: string }) {
  const review = council.reviews.find((one) => one.subject === 'paradigm' && one.paradigmId === paradigmId);
  if (review === undefined) return null;
  return (
    <Text size="sm">
      <Anchor href={href('/paradigms/council')}>
        <FormattedMessage id={`paradigms.review.${review.status}`} />
      </Anchor>{' '}
      <FormattedMessage
        id={review.status === 'open' ? 'paradigms.review.ends' : 'paradigms.review.ended'}
        values={{ time: <TimeText timeS={review.endsS} /> }}
      />
      {'. '}
      <FormattedMessage
        id="paradigms.review.tally"
        values={{
          yes: <Money micro={review.yesMicro} />,
          no: <Money micro={review.noMicro} />,
          total: <Money micro={review.totalMicro} />,
        }}
      />
    </Text>
  );
}

/** How reports of bugs in this paradigm stand: those that are open, and the last one that was judged. */
function Reports({ council, paradigmId }: { council: CouncilView; paradigmId: string }) {
  const reports = council.reviews.filter(
    (review) => review.subject === 'bug' && review.paradigmId === paradigmId,
  );
  const shown = [
    ...reports.filter(({ status }) => status === 'open'),
    ...reports.filter(({ status }) => status !== 'open').slice(0, 1),
  ];
  return shown.map((review) => (
    <Alert
      key={review.id}
      color={review.status === 'rejected' ? 'gray' : 'orange'}
      icon={<Bug size={16} aria-hidden />}
      p="sm"
    >
      <FormattedMessage
        id={`paradigms.report.${review.status}`}
        values={{
          time: <TimeText timeS={review.endsS} />,
          link: (text) => <Anchor href={href('/paradigms/council')}>{text}</Anchor>,
        }}
      />
    </Alert>
  ));
}

type DialogProps = { readonly page: ParadigmPage; readonly actor: string; readonly onClose: () => void };

function ReportDialog({ page, actor, council, onClose }: DialogProps & { readonly council: CouncilView }) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  const report = useApiCommand(() => api.paradigms.report({ actor, id: page.id, text: text.trim() }));
  const { terms, bountyMicro } = council;
  const isShort = bountyMicro < terms.bountyMicro;
  const payableMicro = isShort ? bountyMicro : terms.bountyMicro;
  const send = () => {
    if (text.trim() === '') return setMissing(true);
    void report.run().then((done) => done.ok && onClose());
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={intl.formatMessage({ id: 'paradigms.report.title' }, { title: page.title })}
      confirmLabel={intl.formatMessage({ id: 'paradigms.report.confirm' })}
      busy={report.busy}
      fault={report.fault}
      onConfirm={send}
    >
      <Stack gap="sm">
        <Textarea
          label={<FormattedMessage id="paradigms.report.text" />}
          description={<FormattedMessage id="paradigms.report.hint" />}
          autosize
          minRows={4}
          maxLength={REPORT_CHARS_MAX}
          value={text}
          error={
            missing && text.trim() === '' ? <FormattedMessage id="paradigms.report.missing" /> : undefined
          }
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span>
          <FormattedMessage
            id="paradigms.report.costs"
            values={{ bond: <Money micro={terms.bondMicro} />, vote: <Duration seconds={terms.voteS} /> }}
          />
        </span>
        <span>
          <FormattedMessage
            id="paradigms.report.follows"
            values={{ bounty: <Money micro={terms.bountyMicro} />, payable: <Money micro={payableMicro} /> }}
          />
        </span>
      </Stack>
    </ConfirmDialog>
  );
}

function WithdrawDialog({ page, actor, onClose }: DialogProps) {
  const intl = useIntl();
  const withdraw = useApiCommand(() => api.paradigms.withdraw({ actor, id: page.id }));
  return (
    <ConfirmDialog
      opened
      danger
      onClose={onClose}
      title={intl.formatMessage({ id: 'paradigms.withdraw.title' }, { title: page.title })}
      confirmLabel={intl.formatMessage({ id: 'paradigms.withdraw' })}
      busy={withdraw.busy}
      fault={withdraw.fault}
      onConfirm={() => void withdraw.run().then((done) => done.ok && onClose())}
    >
      <FormattedMessage id="paradigms.withdraw.text" values={{ open: page.uses.open }} />
    </ConfirmDialog>
  );
}
