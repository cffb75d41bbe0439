// An account with its contacts as a file: out of this console and into it. What is secret lives in the open dialog alone, is
// dropped when it closes, and goes nowhere but to the core and into the file.

import {
  Alert,
  Button,
  Checkbox,
  FileButton,
  Group,
  Modal,
  PasswordInput,
  Radio,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { FileDown, FileUp, Info, TriangleAlert } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView, Role } from '../../../node-core/api/index.ts';
import {
  api,
  notify,
  saveFile,
  useAccounts,
  useActor,
  useApiCommand,
  useConsole,
} from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, Hash, Identicon, TaskProgress } from '../../ui/index.ts';
import styles from './settings.module.css';

const PASSPHRASE_CHARS_MIN = 12;
const PASSPHRASE_CHARS_MAX = 200;
const ROLES: readonly Role[] = ['designer', 'owner', 'buyer'];

export function AccountFileButtons() {
  const [exporting, out] = useDisclosure(false);
  const [importing, into] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<FileDown size={16} aria-hidden />} onClick={out.open}>
        <FormattedMessage id="settings.file.export" />
      </Button>
      <Button variant="default" leftSection={<FileUp size={16} aria-hidden />} onClick={into.open}>
        <FormattedMessage id="settings.file.import" />
      </Button>
      <Dialog title="settings.file.export" opened={exporting} onClose={out.close}>
        <Export onDone={out.close} />
      </Dialog>
      <Dialog title="settings.file.import" opened={importing} onClose={into.close}>
        <Import onDone={into.close} />
      </Dialog>
    </>
  );
}

type DialogProps = {
  readonly title: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

/** What was entered goes with it when it closes. */
function Dialog({ title, opened, onClose, children }: DialogProps) {
  const intl = useIntl();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id={title} />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      {children}
    </Modal>
  );
}

type Protection = Parameters<typeof api.accounts.exportFile>[0]['protection'];

function Export({ onDone }: { onDone: () => void }) {
  const intl = useIntl();
  const accounts = useAccounts().data ?? [];
  const acting = useActor();
  const [chosen, setChosen] = useState<string | null>(null);
  const [kind, setKind] = useState<Protection['kind']>('passphrase');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [history, setHistory] = useState(false);
  const [warned, warning] = useDisclosure(false);
  const actor = chosen ?? acting?.address ?? '';
  const save = useApiCommand(async (protection: Protection) => {
    const { file, fileName } = await api.accounts.exportFile({ actor, protection, history });
    return { fileName, saved: await saveFile(file, fileName) };
  });
  const run = async (protection: Protection): Promise<void> => {
    const result = await save.run(protection);
    if (!result.ok || !result.value.saved) return;
    notify('success', intl.formatMessage({ id: 'settings.file.saved' }, { fileName: result.value.fileName }));
    onDone();
  };
  const short = [...passphrase].length < PASSPHRASE_CHARS_MIN;
  const differs = again !== '' && again !== passphrase;
  const ready = kind === 'open' || (!short && again === passphrase);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready) return;
    if (kind === 'open') warning.open();
    else void run({ kind, passphrase });
  };
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage id="settings.file.export.text" />
        </Text>
        <AccountSelect accounts={accounts} value={actor} onChange={setChosen} />
        <Radio.Group
          label={intl.formatMessage({ id: 'settings.file.protection' })}
          value={kind}
          onChange={(value) => setKind(value === 'open' ? 'open' : 'passphrase')}
        >
          <Stack gap="xs" mt="xs">
            {(['passphrase', 'open'] as const).map((value) => (
              <Radio
                key={value}
                value={value}
                label={intl.formatMessage({ id: `settings.file.protection.${value}` })}
                description={intl.formatMessage({ id: `settings.file.protection.${value}.text` })}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Checkbox
          checked={history}
          onChange={(event) => setHistory(event.currentTarget.checked)}
          label={intl.formatMessage({ id: 'settings.file.history' })}
          description={intl.formatMessage({ id: 'settings.file.history.text' })}
        />
        {kind === 'open' ? null : (
          <>
            <Passphrase
              id="settings.file.passphrase"
              value={passphrase}
              onChange={setPassphrase}
              help={intl.formatMessage(
                { id: 'settings.file.passphrase.help' },
                { min: PASSPHRASE_CHARS_MIN },
              )}
            />
            <Passphrase
              id="settings.file.again"
              value={again}
              onChange={setAgain}
              error={differs ? intl.formatMessage({ id: 'settings.file.differs' }) : undefined}
            />
          </>
        )}
        <Moving />
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={!ready} loading={save.busy}>
            <FormattedMessage id="settings.file.save" />
          </Button>
        </Group>
      </Stack>
      <ConfirmDialog
        opened={warned}
        onClose={warning.close}
        title={<FormattedMessage id="settings.file.open.title" />}
        confirmLabel={intl.formatMessage({ id: 'settings.file.open.action' })}
        danger
        busy={save.busy}
        fault={save.fault}
        onConfirm={() => void run({ kind: 'open', understood: true })}
      >
        <Alert role="alert" color="orange" icon={<TriangleAlert size={18} aria-hidden />}>
          <FormattedMessage id="settings.file.open.text" />
        </Alert>
      </ConfirmDialog>
    </form>
  );
}

/** A long history on its way, which can be stopped. */
function Moving() {
  const task = useConsole((state) =>
    Object.values(state.tasks).find((one) => one.kind === 'account' && one.state === 'running'),
  );
  return task === undefined ? null : <TaskProgress task={task} />;
}

type SelectProps = {
  readonly accounts: readonly AccountView[];
  readonly value: string;
  readonly onChange: (value: string | null) => void;
};

function AccountSelect({ accounts, value, onChange }: SelectProps) {
  const intl = useIntl();
  return (
    <Select
      label={intl.formatMessage({ id: 'settings.file.account' })}
      data={accounts.map(({ address, name }) => ({ value: address, label: name }))}
      value={value}
      onChange={onChange}
      allowDeselect={false}
    />
  );
}

type PassphraseProps = {
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: string;
  readonly error?: string | undefined;
};

function Passphrase({ id, value, onChange, help, error }: PassphraseProps) {
  const intl = useIntl();
  return (
    <PasswordInput
      label={intl.formatMessage({ id })}
      description={help}
      error={error}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={PASSPHRASE_CHARS_MAX}
      autoComplete="off"
      visibilityToggleButtonProps={{ 'aria-label': intl.formatMessage({ id: 'settings.file.show' }) }}
    />
  );
}

type Chosen = { readonly file: File; readonly head: Awaited<ReturnType<typeof api.accounts.inspectFile>> };

function Import({ onDone }: { onDone: () => void }) {
  const intl = useIntl();
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  const inspect = useApiCommand((file: File) => api.accounts.inspectFile({ file }));
  const choose = async (file: File | null): Promise<void> => {
    setChosen(undefined);
    if (file === null) return;
    const result = await inspect.run(file);
    if (result.ok) setChosen({ file, head: result.value });
  };
  return (
    <Stack gap="md">
      <Text size="sm">
        <FormattedMessage id="settings.file.import.text" />
      </Text>
      <FileButton
        onChange={(file) => void choose(file)}
        inputProps={{ 'aria-label': intl.formatMessage({ id: 'settings.file.choose' }) }}
      >
        {(props) => (
          <Button {...props} variant="default" loading={inspect.busy}>
            <FormattedMessage id="settings.file.choose" />
          </Button>
        )}
      </FileButton>
      {inspect.fault === undefined ? null : <FaultNotice fault={inspect.fault} />}
      {chosen === undefined ? null : <Take key={chosen.head.id} chosen={chosen} onDone={onDone} />}
    </Stack>
  );
}

function Take({ chosen: { file, head }, onDone }: { chosen: Chosen; onDone: () => void }) {
  const intl = useIntl();
  const [passphrase, setPassphrase] = useState('');
  const [name, setName] = useState(head.held ?? '');
  const [role, setRole] = useState<Role>('buyer');
  const take = useApiCommand(() =>
    api.accounts.importFile({ file, role, name: name.trim(), ...(head.sealed ? { passphrase } : {}) }),
  );
  const isHeld = head.held !== undefined;
  const ready = (!head.sealed || passphrase !== '') && (isHeld || name.trim() !== '');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    const result = await take.run();
    if (!result.ok) return;
    const { added, ...counts } = result.value;
    notify(
      'success',
      intl.formatMessage({ id: added ? 'settings.file.taken' : 'settings.file.merged' }, counts),
    );
    onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate autoComplete="off">
      <Stack gap="md">
        <Group gap="sm" wrap="nowrap">
          <Identicon address={head.id} size={34} />
          <div className={styles['accountText']}>
            <Hash value={head.id} />
            <Text size="sm" c="dimmed">
              <FormattedMessage id={head.sealed ? 'settings.file.sealed' : 'settings.file.unsealed'} />
            </Text>
          </div>
        </Group>
        {isHeld ? (
          <Alert color="petrol" variant="light" icon={<Info size={18} aria-hidden />}>
            <FormattedMessage id="settings.file.held" values={{ name: head.held }} />
          </Alert>
        ) : (
          <>
            <TextInput
              label={intl.formatMessage({ id: 'settings.file.name' })}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={40}
            />
            <Radio.Group
              label={intl.formatMessage({ id: 'settings.file.role' })}
              value={role}
              onChange={(value) => setRole(ROLES.find((known) => known === value) ?? 'buyer')}
            >
              <Group gap="md" mt="xs">
                {ROLES.map((value) => (
                  <Radio key={value} value={value} label={intl.formatMessage({ id: `app.role.${value}` })} />
                ))}
              </Group>
            </Radio.Group>
          </>
        )}
        {head.sealed ? (
          <Passphrase id="settings.file.passphrase" value={passphrase} onChange={setPassphrase} />
        ) : null}
        <Moving />
        {take.fault === undefined ? null : <FaultNotice fault={take.fault} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={!ready} loading={take.busy}>
            <FormattedMessage id={isHeld ? 'settings.file.merge' : 'settings.file.take'} />
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
