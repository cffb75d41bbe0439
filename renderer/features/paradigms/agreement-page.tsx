// One agreement: where the money is, whose turn it is, what happens if nobody acts and when, and what you can do.

import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type {
  AgreementOption,
  AgreementView,
  ExampleValues,
  StepOutlook,
} from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import {
  BackLink,
  ConfirmDialog,
  FaultNotice,
  FieldInput,
  initialOf,
  initialValues,
  keyOf,
  localeOf,
  Money,
  PartyChip,
  TimeText,
  TruthBadge,
  usePageDetail,
} from '../../ui/index.ts';
import { EndingChip } from './ending-chip.tsx';
import styles from './paradigms.module.css';
import { SvgPicture } from './svg-picture.tsx';

export function AgreementPage({ id }: { id: string }) {
  const locale = localeOf(useIntl().locale);
  const actor = useActor()?.address ?? '';
  const agreement = useApiQuery(
    ['orders', 'agreement', id, actor, locale],
    ({ signal }) => api.agreements.get({ actor, id, locale }, { signal }),
    { enabled: actor !== '' },
  );
  return (
    <Stack gap="lg">
      <BackLink to={href('/paradigms/agreements')}>
        <FormattedMessage id="paradigms.agreements.back" />
      </BackLink>
      {agreement.fault === undefined ? null : (
        <FaultNotice fault={agreement.fault} onRetry={agreement.refetch} />
      )}
      {agreement.data !== undefined ? (
        <Agreement agreement={agreement.data} actor={actor} />
      ) : agreement.fault === undefined ? (
        <Stack gap="md" aria-busy="true">
          <Skeleton height={34} width="40%" />
          <Skeleton height={140} />
          <Skeleton height={320} />
        </Stack>
      ) : null}
    </Stack>
  );
}

function Agreement({ agreement, actor }: { agreement: AgreementView; actor: string }) {
  const intl = useIntl();
  const { title, about, state, stateExplain, ended, heldMicro, openedS, verifiedHeight, paradigmId } =
    agreement;
  usePageDetail(about === '' ? title : about);
  return (
    <>
      <div>
        <Title order={1}>{title}</Title>
        {about === '' ? null : <Text className={styles['about'] ?? ''}>{about}</Text>}
        <div className={styles['byline']}>
          <span>
            <FormattedMessage
              id="paradigms.agreement.opened"
              values={{ time: <TimeText timeS={openedS} /> }}
            />
          </span>
          <a href={href(`/paradigms/${paradigmId}`)}>
            <FormattedMessage id="paradigms.agreement.rules" />
          </a>
          {agreement.hasBranches ? (
            <a href={href(`/products/order/${agreement.id}`)}>
              <FormattedMessage id="paradigms.agreement.graph" />
            </a>
          ) : null}
          <TruthBadge truth="verified" height={verifiedHeight} />
        </div>
      </div>
      <section className={styles['now']}>
        <div>
          <div className={styles['nowState']}>
            {ended === undefined ? state : <EndingChip kind={ended} label={state} />}
          </div>
          <Text maw="70ch">{stateExplain}</Text>
        </div>
        <div className={styles['nowMoney']}>
          <div className={styles['nowState']}>
            <Money micro={heldMicro} />
          </div>
          <FormattedMessage id="paradigms.agreement.held" />
        </div>
      </section>
      <Options agreement={agreement} actor={actor} />
      <Silence agreement={agreement} />
      <section>
        <Title order={2}>
          <FormattedMessage id="paradigms.parties" />
        </Title>
        <dl className={styles['parties']}>
          {agreement.parties.map(({ role, party, mine }) => (
            <div key={role}>
              <dt>
                {role}
                {mine ? <FormattedMessage id="paradigms.agreement.you" /> : null}
              </dt>
              <dd>
                <PartyChip party={party} size={22} />
              </dd>
            </div>
          ))}
          {agreement.crowds.map(({ role, members, membersMax }) => (
            <div key={role}>
              <dt>
                <FormattedMessage
                  id="paradigms.agreement.crowd"
                  values={{ role, count: members.length, max: membersMax }}
                />
              </dt>
              {members.length > 0 ? null : (
                <dd>
                  <FormattedMessage id="paradigms.agreement.nobody" />
                </dd>
              )}
              {members.map((member) => (
                <dd key={member.address}>
                  <PartyChip party={member} size={22} />
                </dd>
              ))}
            </div>
          ))}
        </dl>
      </section>
      <section>
        <Title order={2}>
          <FormattedMessage id="paradigms.agreement.terms" />
        </Title>
        <dl className={styles['facts']}>
          {agreement.values.map(({ label, text }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
      <History agreement={agreement} />
      <section>
        <Title order={2}>
          <FormattedMessage id="paradigms.diagram" />
        </Title>
        <SvgPicture
          svg={agreement.diagram}
          label={intl.formatMessage({ id: 'paradigms.agreement.diagram' }, { title, state })}
          className={styles['diagram'] ?? ''}
        />
      </section>
    </>
  );
}

function Silence({ agreement: { silence, deadlineS } }: { agreement: AgreementView }) {
  if (silence === undefined || deadlineS === undefined) return null;
  return (
    <section className={styles['silence']}>
      <Hourglass size={18} aria-hidden className={styles['silenceIcon'] ?? ''} />
      <div>
        <FormattedMessage
          id="paradigms.agreement.silence"
          values={{
            time: <TimeText timeS={deadlineS} />,
            label: <strong>{silence.label}</strong>,
            to: silence.to,
          }}
        />{' '}
        {silence.explain}
        {silence.pays.map(({ who, amountMicro }) => (
          <div key={`${who} ${amountMicro}`}>
            {who}: <Money micro={amountMicro} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Options({ agreement, actor }: { agreement: AgreementView; actor: string }) {
  const [chosen, setChosen] = useState<AgreementOption | undefined>(undefined);
  if (agreement.options.length === 0) return null;
  return (
    <section>
      <Title order={2} mb="xs">
        <FormattedMessage id="paradigms.agreement.options" />
      </Title>
      <div className={styles['choices']}>
        {agreement.options.map((option) => (
          <div key={option.event} className={styles['choice']}>
            <strong>{option.label}</strong>
            <span className={styles['optionText']}>{option.explain}</span>
            {option.onlyIf === undefined ? null : (
              <span className={styles['optionText']}>
                <FormattedMessage
                  id={option.outlook?.refused === true ? 'paradigms.refusedNow' : 'paradigms.refusedIf'}
                  values={{ reason: option.onlyIf }}
                />
              </span>
            )}
            {option.fields.length === 0 ? <Takes outlook={option.outlook} /> : null}
            {option.fields.some(({ kind }) => kind === 'other') ? (
              <span className={styles['optionText']}>
                <FormattedMessage id="paradigms.agreement.elsewhere" />
              </span>
            ) : (
              <Button
                variant="light"
                disabled={option.outlook?.refused === true}
                onClick={() => setChosen(option)}
              >
                {option.label}
              </Button>
            )}
          </div>
        ))}
      </div>
      {chosen === undefined ? null : (
        <ActDialog
          key={chosen.event}
          id={agreement.id}
          actor={actor}
          option={chosen}
          onClose={() => setChosen(undefined)}
        />
      )}
    </section>
  );
}

/** What a step costs, before it is taken. */
function Takes({ outlook }: { outlook: StepOutlook | undefined }) {
  if (outlook === undefined || outlook.takesMicro === 0n) return null;
  return (
    <strong>
      <FormattedMessage
        id="paradigms.agreement.takes"
        values={{ amount: <Money micro={outlook.takesMicro} /> }}
      />
    </strong>
  );
}

type ActProps = {
  readonly id: string;
  readonly actor: string;
  readonly option: AgreementOption;
  readonly onClose: () => void;
};

function ActDialog({ id, actor, option, onClose }: ActProps) {
  const locale = localeOf(useIntl().locale);
  const [args, setArgs] = useState<ExampleValues>(() => initialValues(option.fields));
  const act = useApiCommand(() => api.agreements.act({ actor, id, event: option.event, args, locale }));
  const [settled] = useDebouncedValue(args, 150);
  const foreseen = useApiQuery(
    ['orders', 'agreement', id, actor, option.event, keyOf(settled)],
    ({ signal }) =>
      api.agreements.foresee({ actor, id, event: option.event, args: settled, locale }, { signal }),
    // Where nothing is filled in, the agreement came with the answer.
    { keepPrevious: true, enabled: option.fields.length > 0 },
  );
  const outlook = option.fields.length > 0 ? foreseen.data?.outlook : option.outlook;
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={option.label}
      confirmLabel={option.label}
      busy={act.busy}
      fault={act.fault}
      onConfirm={() =>
        void act.run().then((done) => {
          if (done.ok) onClose();
        })
      }
    >
      <Stack gap="sm">
        <Text>{option.explain}</Text>
        {option.fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            initial={initialOf(field)}
            onChange={(value) => setArgs((known) => ({ ...known, [field.name]: value }))}
          />
        ))}
        {outlook?.refused === true && option.onlyIf !== undefined ? (
          <Text>
            <FormattedMessage id="paradigms.refusedNow" values={{ reason: option.onlyIf }} />
          </Text>
        ) : (
          <Takes outlook={outlook} />
        )}
      </Stack>
    </ConfirmDialog>
  );
}

function History({ agreement: { steps } }: { agreement: AgreementView }) {
  return (
    <section>
      <Title order={2}>
        <FormattedMessage id="paradigms.agreement.history" />
      </Title>
      <ol className={styles['history']}>
        {steps.map(({ label, by, timeS, height }) => (
          <li key={`${height} ${label} ${by?.address ?? ''}`}>
            <strong>{label}</strong>
            <TimeText timeS={timeS} />
            <FormattedMessage id="paradigms.agreement.block" values={{ height: height.toString() }} />
            {by === undefined ? (
              <FormattedMessage id="paradigms.agreement.deadline" />
            ) : (
              <PartyChip party={by} size={18} />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
