// The backup: an explanation first, then the words, then three of them asked back. The words live in this dialog's
// memory only, and are gone when it closes.

import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { CircleCheck, EyeOff, PenLine, TriangleAlert } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { choosePositions } from './backup-positions.ts';
import styles from './wallet.module.css';

type Step = 'explain' | 'words' | 'confirm' | 'done';
type Props = { readonly account: AccountView; readonly opened: boolean; readonly onClose: () => void };

export function BackupDialog({ account, opened, onClose }: Props) {
  const intl = useIntl();
  const [step, setStep] = useState<Step>('explain');
  const [words, setWords] = useState<readonly string[]>([]);
  const reveal = useApiCommand(() => api.wallet.revealWords({ actor: account.address, understood: true }));
  useEffect(() => {
    if (opened) return;
    setStep('explain');
    setWords([]);
  }, [opened]);
  const showWords = async (): Promise<void> => {
    const result = await reveal.run();
    if (!result.ok) return;
    setWords(result.value.words);
    setStep('words');
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={<FormattedMessage id={`wallet.backup.step.${step}`} />}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      {step === 'explain' ? (
        <Explanation busy={reveal.busy} onNext={() => void showWords()}>
          {reveal.fault === undefined ? null : <FaultNotice fault={reveal.fault} compact />}
        </Explanation>
      ) : null}
      {step === 'words' ? <Words words={words} onNext={() => setStep('confirm')} /> : null}
      {step === 'confirm' ? (
        <Confirmation
          address={account.address}
          count={words.length}
          onBack={() => setStep('words')}
          onDone={() => {
            setWords([]);
            setStep('done');
          }}
        />
      ) : null}
      {step === 'done' ? <Done onClose={onClose} /> : null}
    </Modal>
  );
}

function Explanation(props: { busy: boolean; onNext: () => void; children: ReactNode }) {
  const [understood, setUnderstood] = useState(false);
  return (
    <Stack gap="md">
      <Text>
        <FormattedMessage id="wallet.backup.explain.what" />
      </Text>
      <ul className={styles['points']}>
        <li>
          <PenLine size={18} aria-hidden />
          <FormattedMessage id="wallet.backup.explain.paper" />
        </li>
        <li>
          <EyeOff size={18} aria-hidden />
          <FormattedMessage id="wallet.backup.explain.alone" />
        </li>
        <li>
          <TriangleAlert size={18} aria-hidden />
          <FormattedMessage id="wallet.backup.explain.nobody" />
        </li>
      </ul>
      <Checkbox
        checked={understood}
        onChange={(event) => setUnderstood(event.currentTarget.checked)}
        label={<FormattedMessage id="wallet.backup.explain.understood" />}
      />
      {props.children}
      <Group justify="flex-end">
        <Button disabled={!understood} loading={props.busy} onClick={props.onNext}>
          <FormattedMessage id="wallet.backup.show" />
        </Button>
      </Group>
    </Stack>
  );
}

function Words({ words, onNext }: { words: readonly string[]; onNext: () => void }) {
  return (
    <Stack gap="md">
      <Text>
        <FormattedMessage id="wallet.backup.words.text" values={{ count: words.length }} />
      </Text>
      <ol className={styles['words']}>
        {words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word's place is its identity, and words may repeat
          <li key={index} translate="no">
            {word}
          </li>
        ))}
      </ol>
      <Group justify="flex-end">
        <Button onClick={onNext}>
          <FormattedMessage id="wallet.backup.words.next" />
        </Button>
      </Group>
    </Stack>
  );
}

function randomBelow(limit: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value % limit;
}

function Confirmation(props: { address: string; count: number; onBack: () => void; onDone: () => void }) {
  const intl = useIntl();
  const [positions] = useState(() => choosePositions(props.count, randomBelow));
  const [answers, setAnswers] = useState<Readonly<Record<number, string>>>({});
  const [wrong, setWrong] = useState(false);
  const confirm = useApiCommand(() =>
    api.wallet.confirmBackup({
      actor: props.address,
      answers: positions.map((position) => ({
        position,
        word: (answers[position] ?? '').trim().toLowerCase(),
      })),
    }),
  );
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setWrong(false);
    const result = await confirm.run();
    if (!result.ok) return;
    if (result.value.confirmed) props.onDone();
    else setWrong(true);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text>
          <FormattedMessage id="wallet.backup.confirm.text" />
        </Text>
        {positions.map((position, index) => (
          <TextInput
            key={position}
            label={intl.formatMessage({ id: 'wallet.backup.confirm.word' }, { number: position + 1 })}
            value={answers[position] ?? ''}
            onChange={(event) => setAnswers({ ...answers, [position]: event.currentTarget.value })}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            {...(index === 0 ? { 'data-autofocus': true } : {})}
          />
        ))}
        {wrong ? (
          <Alert color="red" role="alert">
            <FormattedMessage id="wallet.backup.confirm.wrong" />
          </Alert>
        ) : null}
        {confirm.fault === undefined ? null : <FaultNotice fault={confirm.fault} compact />}
        <Group justify="space-between">
          <Button variant="default" onClick={props.onBack}>
            <FormattedMessage id="wallet.backup.confirm.back" />
          </Button>
          <Button type="submit" loading={confirm.busy}>
            <FormattedMessage id="wallet.backup.confirm.check" />
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Done({ onClose }: { onClose: () => void }) {
  return (
    <Stack gap="md" align="center" py="md">
      <CircleCheck size={44} strokeWidth={1.5} color="var(--dipnet-positive)" aria-hidden />
      <Text ta="center" maw="48ch">
        <FormattedMessage id="wallet.backup.finished" />
      </Text>
      <Button onClick={onClose}>
        <FormattedMessage id="ui.close" />
      </Button>
    </Stack>
  );
}
