// Title, licence and price, an honest word about protection, and a held confirmation: a registration is for good.

import { Accordion, Button, NativeSelect, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { ShieldCheck } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { DraftView } from '../../../node-core/api/index.ts';
import { api, navigate, notify, useActor, useApiCommand, useTask } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, Money, parseAmount, TaskProgress } from '../../ui/index.ts';
import {
  checkTerms,
  DESCRIPTION_LENGTH_MAX,
  LICENCES,
  type PublishDraft,
  type PublishTerms,
  TITLE_LENGTH_MAX,
  titleFromFileName,
} from './publish-terms.ts';
import styles from './studio.module.css';

export function PublishForm({ draft }: { draft: DraftView }) {
  const intl = useIntl();
  const actor = useActor();
  const [input, setInput] = useState<PublishDraft>({
    title: titleFromFileName(draft.fileName),
    description: '',
    licence: 'print-per-copy',
    price: intl.formatNumber(2, { minimumFractionDigits: 2 }),
  });
  const [tried, setTried] = useState(false);
  const [terms, setTerms] = useState<PublishTerms | undefined>(undefined);
  const [taskId, setTaskId] = useState<string | undefined>(undefined);
  const publish = useApiCommand((wanted: PublishTerms) =>
    api.drafts.publish({ id: draft.id, actor: actor?.address ?? '', ...wanted }),
  );
  const task = useTask(taskId);
  const publishedId = task?.state === 'done' ? (task.resultId ?? draft.designHash) : undefined;
  useEffect(() => {
    if (publishedId === undefined) return;
    notify('success', intl.formatMessage({ id: 'studio.publish.done' }));
    navigate(`/market/${publishedId}`, { replace: true });
  }, [publishedId, intl]);

  const checked = checkTerms(input, (text) => parseAmount(text, intl.locale));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    publish.reset();
    setTerms(checked.terms);
  };
  const confirm = async (): Promise<void> => {
    if (terms === undefined) return;
    const result = await publish.run(terms);
    if (!result.ok) return;
    setTerms(undefined);
    setTaskId(result.value.taskId);
  };
  if (task !== undefined && task.state === 'running') return <TaskProgress task={task} />;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Title order={2}>
          <FormattedMessage id="studio.publish.title" />
        </Title>
        {task?.state === 'failed' && task.fault !== undefined ? <FaultNotice fault={task.fault} /> : null}
        <TermFields input={input} onChange={setInput} problems={tried ? checked.problems : {}} />
        <Protection />
        <Button type="submit" size="md" disabled={actor === undefined} className={styles['publish'] ?? ''}>
          <FormattedMessage id="studio.publish.check" />
        </Button>
      </Stack>
      <ConfirmDialog
        opened={terms !== undefined}
        onClose={() => setTerms(undefined)}
        title={<FormattedMessage id="studio.publish.confirm.title" />}
        confirmLabel={intl.formatMessage({ id: 'studio.publish.confirm.hold' })}
        onConfirm={() => void confirm()}
        busy={publish.busy}
        fault={publish.fault}
      >
        {terms === undefined ? null : <TermsSummary terms={terms} name={actor?.name ?? ''} />}
      </ConfirmDialog>
    </form>
  );
}

function TermFields(props: {
  input: PublishDraft;
  onChange: (input: PublishDraft) => void;
  problems: ReturnType<typeof checkTerms>['problems'];
}) {
  const intl = useIntl();
  const { input, onChange, problems } = props;
  const error = (problem: string | undefined): string | undefined =>
    problem === undefined ? undefined : intl.formatMessage({ id: `studio.publish.problem.${problem}` });
  return (
    <>
      <TextInput
        label={<FormattedMessage id="studio.publish.name" />}
        value={input.title}
        maxLength={TITLE_LENGTH_MAX}
        error={error(problems.title)}
        onChange={(event) => onChange({ ...input, title: event.currentTarget.value })}
      />
      <Textarea
        label={<FormattedMessage id="studio.publish.description" />}
        description={<FormattedMessage id="studio.publish.description.text" />}
        value={input.description}
        maxLength={DESCRIPTION_LENGTH_MAX}
        minRows={3}
        autosize
        onChange={(event) => onChange({ ...input, description: event.currentTarget.value })}
      />
      <NativeSelect
        label={<FormattedMessage id="studio.publish.licence" />}
        description={<FormattedMessage id={`studio.licence.${input.licence}.text`} />}
        value={input.licence}
        onChange={(event) => {
          const licence = LICENCES.find((known) => known === event.currentTarget.value);
          if (licence !== undefined) onChange({ ...input, licence });
        }}
        data={LICENCES.map((value) => ({
          value,
          label: intl.formatMessage({ id: `studio.licence.${value}` }),
        }))}
      />
      <TextInput
        label={<FormattedMessage id="studio.publish.price" />}
        description={<FormattedMessage id="studio.publish.price.text" />}
        value={input.price}
        inputMode="decimal"
        error={error(problems.price)}
        rightSection={<span className={styles['unit']}>DPN</span>}
        rightSectionWidth={56}
        onChange={(event) => onChange({ ...input, price: event.currentTarget.value })}
      />
    </>
  );
}

const PROTECTIONS = ['encrypted', 'counted', 'recorded'] as const;
const LIMITS = ['usb', 'copy', 'scan'] as const;

/** What the protection does, and what it does not: said before publishing, not after. */
function Protection() {
  return (
    <Accordion variant="contained" radius="md">
      <Accordion.Item value="protection">
        <Accordion.Control icon={<ShieldCheck size={18} aria-hidden />}>
          <FormattedMessage id="studio.protection.title" />
        </Accordion.Control>
        <Accordion.Panel>
          <Text fw={600} size="sm">
            <FormattedMessage id="studio.protection.does" />
          </Text>
          <ul className={styles['protection']}>
            {PROTECTIONS.map((item) => (
              <li key={item}>
                <FormattedMessage id={`studio.protection.${item}`} />
              </li>
            ))}
          </ul>
          <Text fw={600} size="sm">
            <FormattedMessage id="studio.protection.does-not" />
          </Text>
          <ul className={styles['protection']}>
            {LIMITS.map((item) => (
              <li key={item}>
                <FormattedMessage id={`studio.protection.${item}`} />
              </li>
            ))}
          </ul>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function TermsSummary({ terms, name }: { terms: PublishTerms; name: string }) {
  return (
    <Stack gap="sm">
      <Text>
        <FormattedMessage
          id="studio.publish.summary"
          values={{
            title: <strong>{terms.title}</strong>,
            name,
            licence: <FormattedMessage id={`studio.licence.${terms.licence}`} />,
            price: <Money micro={terms.priceMicroPerCopy} />,
          }}
        />
      </Text>
      <Text size="sm" c="dimmed">
        <FormattedMessage id="studio.publish.final" />
      </Text>
    </Stack>
  );
}
