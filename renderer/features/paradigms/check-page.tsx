// A document of one's own: checked, played and shown as buyers would see it, without leaving this machine.

import { Anchor, Button, FileButton, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { CircleCheck, CircleX, Info } from 'lucide-react';
import { useRef, useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { ParadigmCheck } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, localeOf, PageHeader } from '../../ui/index.ts';
import { Explained } from './paradigm-page.tsx';
import styles from './paradigms.module.css';
import { Sections } from './sections.tsx';
import { SubmitButton } from './submit-button.tsx';

const ROWS = 18;

export function CheckPage() {
  const intl = useIntl();
  const locale = localeOf(intl.locale);
  const [text, setText] = useState('');
  const [result, setResult] = useState<ParadigmCheck | undefined>(undefined);
  const source = useRef<HTMLTextAreaElement>(null);
  const check = useApiCommand((input: string) => api.paradigms.check({ text: input, locale }));
  const run = async (input: string): Promise<void> => {
    const answer = await check.run(input);
    setResult(answer.ok ? answer.value : undefined);
  };
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title={<FormattedMessage id="paradigms.check" />}
          subtitle={<FormattedMessage id="paradigms.check.text" />}
        />
        <Sections current="check" />
      </div>
      <Textarea
        ref={source}
        label={<FormattedMessage id="paradigms.check.document" />}
        classNames={{ input: styles['source'] ?? '' }}
        rows={ROWS}
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setResult(undefined);
        }}
      />
      <Group>
        <Button disabled={text.trim() === ''} loading={check.busy} onClick={() => void run(text)}>
          <FormattedMessage id="paradigms.check.run" />
        </Button>
        <FileButton
          accept=".json,.yaml,.yml"
          onChange={(file) => {
            void file?.text().then((loaded) => {
              setText(loaded);
              void run(loaded);
            });
          }}
        >
          {(props) => (
            <Button variant="default" {...props}>
              <FormattedMessage id="paradigms.check.file" />
            </Button>
          )}
        </FileButton>
        {result?.ok === true ? (
          <SubmitButton
            text={text}
            paysAuthor={result.page?.parties.some(({ role }) => role === 'author') === true}
          />
        ) : null}
      </Group>
      <div role="status">
        {check.fault === undefined ? null : <FaultNotice fault={check.fault} />}
        {result === undefined ? null : (
          <Verdict result={result} onPlace={(line) => selectLine(source.current, line)} />
        )}
      </div>
      {result?.page === undefined ? null : (
        <>
          <div>
            <Title order={2} size="h1">
              {result.page.title}
            </Title>
            <Text mt={6} maw="78ch">
              {result.page.summary}
            </Text>
          </div>
          <Explained page={result.page} />
        </>
      )}
    </Stack>
  );
}

/** Nobody counts lines: the one that is meant is selected and brought into view. */
function selectLine(area: HTMLTextAreaElement | null, line: number): void {
  if (area === null) return;
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (area.scrollHeight * Math.max(0, line - ROWS / 2)) / lines.length;
  area.scrollIntoView({ block: 'center' });
}

function Verdict({ result, onPlace }: { result: ParadigmCheck; onPlace: (line: number) => void }) {
  const { ok, findings, openings, situations, steps, simulation, gasMax } = result;
  return (
    <section className={styles['verdict']} data-ok={ok}>
      <Title order={2} className={styles['withIcon'] ?? ''}>
        {ok ? <CircleCheck size={20} aria-hidden /> : <CircleX size={20} aria-hidden />}
        <FormattedMessage
          id={ok ? 'paradigms.check.passed' : 'paradigms.check.failed'}
          values={{ count: findings.filter(({ severity }) => severity === 'defect').length }}
        />
      </Title>
      {situations === 0 ? null : (
        <p className={styles['note']}>
          <FormattedMessage
            id="paradigms.check.explored"
            values={{ openings, situations, steps, gas: <FormattedNumber value={Number(gasMax)} /> }}
          />
        </p>
      )}
      {simulation === undefined ? null : (
        <p className={styles['note']}>
          <FormattedMessage
            id={simulation.violations.length === 0 ? 'paradigms.check.played' : 'paradigms.check.broken'}
            values={{ runs: simulation.runs, refused: simulation.refused }}
          />
        </p>
      )}
      <ul className={styles['findings']}>
        {findings.map((finding) => (
          <li key={`${finding.code} ${finding.at}`} data-severity={finding.severity}>
            {finding.severity === 'defect' ? (
              <CircleX size={16} aria-hidden />
            ) : (
              <Info size={16} aria-hidden />
            )}
            <div>
              <div>{finding.message}</div>
              <div className={styles['place']}>
                {finding.line === undefined ? null : (
                  <Anchor component="button" type="button" onClick={() => onPlace(finding.line ?? 1)}>
                    <FormattedMessage
                      id="paradigms.check.place"
                      values={{ line: finding.line, column: finding.column ?? 1 }}
                    />
                  </Anchor>
                )}
                <code>{finding.at}</code>
              </div>
              {finding.trace.length === 0 ? null : (
                <ol className={styles['trace']}>
                  {finding.trace.map((line, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a story may tell the same step twice.
                    <li key={index}>{line}</li>
                  ))}
                </ol>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
