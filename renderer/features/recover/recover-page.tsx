// Coming back: words, then what they lead to, then the account is taken. The words live in this page's memory only; they
// are dropped once they have done their work, when the page is left, and when nobody went on for some minutes.

import { Alert, Button, Group, Radio, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { CircleCheck, Info, ShieldAlert } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { Role } from '../../../node-core/api/index.ts';
import {
  api,
  href,
  navigate,
  saveSettings,
  useApiCommand,
  useApiQuery,
  useConsole,
} from '../../bridge/index.ts';
import { BackLink, FaultNotice, PageHeader } from '../../ui/index.ts';
import { type Found, FoundAccount, FoundNote } from './found-account.tsx';
import styles from './recover.module.css';
import { WordGrid } from './word-grid.tsx';
import { WORD_COUNTS } from './words.ts';

const EMPTY: readonly string[] = Array.from({ length: 12 }, () => '');
/** Words that nobody goes on with are not left lying in an open page. */
const FORGET_AFTER_MS = 5 * 60_000;
const HOMES: Readonly<Record<Role, string>> = { designer: '/studio', owner: '/farm', buyer: '/market' };
const ROLES: readonly Role[] = ['designer', 'owner', 'buyer'];

type Recovered = Awaited<ReturnType<typeof api.accounts.recover>>;

export function RecoverPage() {
  const [words, setWords] = useState(EMPTY);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [taken, setTaken] = useState<{ recovered: Recovered; role: Role } | undefined>(undefined);
  const [forgotten, setForgotten] = useState(false);
  const welcomed = useConsole((state) => state.settings.welcomed);
  useEffect(() => {
    if (words === EMPTY) return undefined;
    const timer = setTimeout(() => {
      setWords(EMPTY);
      setFound(undefined);
      setForgotten(true);
    }, FORGET_AFTER_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <Stack gap="lg" maw={860}>
      <PageHeader
        title={<FormattedMessage id="app.page.recover" />}
        subtitle={<FormattedMessage id="recover.lead" />}
      />
      {welcomed || taken !== undefined ? null : (
        <BackLink to={href('/welcome')}>
          <FormattedMessage id="recover.back.welcome" />
        </BackLink>
      )}
      {taken !== undefined ? (
        <Taken {...taken} />
      ) : found === undefined ? (
        <WordsForm
          words={words}
          forgotten={forgotten}
          onWords={(next) => {
            setForgotten(false);
            setWords(next);
          }}
          onFound={setFound}
        />
      ) : (
        <TakeForm
          words={words}
          found={found}
          onBack={() => setFound(undefined)}
          onTaken={(recovered, role) => {
            setWords(EMPTY);
            setTaken({ recovered, role });
          }}
        />
      )}
    </Stack>
  );
}

type WordsProps = {
  readonly words: readonly string[];
  readonly forgotten: boolean;
  readonly onWords: (words: readonly string[]) => void;
  readonly onFound: (found: Found) => void;
};

function WordsForm({ words, forgotten, onWords, onFound }: WordsProps) {
  const intl = useIntl();
  const list = useApiQuery(
    ['accounts', 'words'],
    ({ signal }) => api.accounts.wordList(undefined, { signal }),
    {
      immutable: true,
    },
  );
  const inspect = useApiCommand(() => api.accounts.inspect({ words: words.join(' ') }));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const sizes = WORD_COUNTS.filter((size) => size === 12 || size === 24 || size === words.length);
  const change = (next: readonly string[]): void => {
    setProblem(undefined);
    inspect.reset();
    onWords(next);
  };
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = event.currentTarget.querySelectorAll<HTMLInputElement>('[data-word] input');
    const missing = words.flatMap((word, index) => (word === '' ? [index] : []));
    const unknown = words.findIndex((word) => list.data !== undefined && !list.data.includes(word));
    if (missing.length > 0) {
      const numbers = missing.map((index) => intl.formatNumber(index + 1));
      setProblem(
        missing.length === words.length
          ? intl.formatMessage({ id: 'recover.none' })
          : intl.formatMessage(
              { id: 'recover.missing' },
              { count: missing.length, numbers: intl.formatList(numbers) },
            ),
      );
    }
    if (missing.length > 0 || unknown >= 0) fields[missing[0] ?? unknown]?.focus();
    if (missing.length > 0) return;
    const result = await inspect.run();
    if (result.ok) onFound(result.value);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate autoComplete="off" className={styles['panel']}>
      <Stack gap="md">
        <Alert color="yellow" variant="light" icon={<ShieldAlert size={18} aria-hidden />}>
          <FormattedMessage id="recover.alone" />
        </Alert>
        {forgotten ? (
          <Alert color="gray" variant="light" icon={<Info size={18} aria-hidden />} role="status">
            <FormattedMessage id="recover.forgotten" />
          </Alert>
        ) : null}
        <Group justify="space-between" align="center">
          <Text size="sm" c="dimmed" maw="58ch">
            <FormattedMessage id="recover.paste" />
          </Text>
          <SegmentedControl
            aria-label={intl.formatMessage({ id: 'recover.count' })}
            value={String(words.length)}
            onChange={(value) =>
              change(Array.from({ length: Number(value) }, (_, index) => words[index] ?? ''))
            }
            data={sizes.map((size) => ({
              value: String(size),
              label: intl.formatMessage({ id: 'recover.count.words' }, { count: size }),
            }))}
          />
        </Group>
        <WordGrid
          words={words}
          list={list.data ?? []}
          onChange={change}
          onTooMany={(count) => setProblem(intl.formatMessage({ id: 'recover.tooMany' }, { count }))}
        />
        {problem === undefined ? null : (
          <Alert color="red" variant="light" role="alert">
            {problem}
          </Alert>
        )}
        {inspect.fault === undefined ? null : <FaultNotice fault={inspect.fault} compact />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" type="button" onClick={() => change(EMPTY)}>
            <FormattedMessage id="recover.clear" />
          </Button>
          <Button type="submit" loading={inspect.busy}>
            <FormattedMessage id="recover.look" />
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type TakeProps = {
  readonly words: readonly string[];
  readonly found: Found;
  readonly onBack: () => void;
  readonly onTaken: (recovered: Recovered, role: Role) => void;
};

function TakeForm({ words, found, onBack, onTaken }: TakeProps) {
  const intl = useIntl();
  const [role, setRole] = useState<Role>(found.roleSuggested);
  const [name, setName] = useState(
    () => found.locked?.name ?? intl.formatMessage({ id: 'recover.name.default' }),
  );
  const take = useApiCommand(() => api.accounts.recover({ words: words.join(' '), role, name }));
  const use = useApiCommand(async (held: Role) => {
    await api.accounts.use({ actor: found.address });
    await saveSettings({ role: held, welcomed: true });
    navigate('/wallet');
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const result = await take.run();
    if (result.ok) onTaken(result.value, role);
  };
  const { held } = found;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate autoComplete="off">
      <Stack gap="md">
        <FoundAccount found={found} />
        <FoundNote found={found} />
        {held !== undefined ? null : (
          <div className={styles['panel']}>
            <Stack gap="md">
              <Radio.Group
                label={intl.formatMessage({ id: 'recover.role' })}
                description={intl.formatMessage({ id: 'recover.role.text' })}
                value={role}
                onChange={(value) => setRole(ROLES.find((known) => known === value) ?? role)}
              >
                <Group gap="lg" mt="sm">
                  {ROLES.map((known) => (
                    <Radio
                      key={known}
                      value={known}
                      label={intl.formatMessage({ id: `app.role.${known}` })}
                    />
                  ))}
                </Group>
              </Radio.Group>
              <TextInput
                label={intl.formatMessage({ id: 'recover.name' })}
                description={intl.formatMessage({ id: 'recover.name.text' })}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                maxLength={40}
                maw={360}
                autoComplete="off"
                error={name.trim() === '' ? intl.formatMessage({ id: 'recover.name.missing' }) : undefined}
              />
            </Stack>
          </div>
        )}
        {take.fault === undefined ? null : <FaultNotice fault={take.fault} compact />}
        {use.fault === undefined ? null : <FaultNotice fault={use.fault} compact />}
        <Group justify="space-between" gap="sm">
          <Button variant="default" type="button" onClick={onBack}>
            <FormattedMessage id="recover.back" />
          </Button>
          {held !== undefined ? (
            <Button type="button" loading={use.busy} onClick={() => void use.run(held.role)}>
              <FormattedMessage id="recover.use" />
            </Button>
          ) : (
            <Button type="submit" loading={take.busy} disabled={name.trim() === ''}>
              <FormattedMessage id="recover.take" />
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Taken({ recovered, role }: { recovered: Recovered; role: Role }) {
  const go = useApiCommand(async () => {
    await saveSettings({ role, welcomed: true });
    navigate(HOMES[role]);
  });
  const { models, machines } = recovered;
  const lost = models.missing + machines.missing;
  return (
    <section className={styles['panel']} role="status">
      <Stack gap="md" align="flex-start">
        <Group gap="sm" wrap="nowrap">
          <CircleCheck size={30} strokeWidth={1.5} color="var(--dipnet-positive)" aria-hidden />
          <Text fw={600} size="lg">
            <FormattedMessage id="recover.done" />
          </Text>
        </Group>
        <Text maw="70ch">
          <FormattedMessage
            id="recover.done.text"
            values={{ models: models.restored, machines: machines.restored }}
          />
        </Text>
        {lost === 0 ? null : (
          <Alert color="yellow" variant="light" icon={<Info size={18} aria-hidden />}>
            <FormattedMessage
              id="recover.done.missing"
              values={{ models: models.missing, machines: machines.missing }}
            />
          </Alert>
        )}
        {go.fault === undefined ? null : <FaultNotice fault={go.fault} compact />}
        <Button loading={go.busy} onClick={() => void go.run()}>
          <FormattedMessage id="recover.go" />
        </Button>
      </Stack>
    </section>
  );
}
