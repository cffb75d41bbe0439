// Where trust begins, chosen by a person: the height and hash of a block, from somebody whom they trust. Everything that
// was verified before is forgotten, so it is said in words and confirmed by a held button.

import { Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { ConfirmDialog, FormDialog } from '../../ui/index.ts';
import { type Checkpoint, type CheckpointDraft, checkCheckpoint, hashInGroups } from './checkpoint.ts';
import styles from './network.module.css';

const EMPTY: CheckpointDraft = { height: '', hash: '' };

export function CheckpointDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const intl = useIntl();
  const [draft, setDraft] = useState<CheckpointDraft>(EMPTY);
  const [tried, setTried] = useState(false);
  const [chosen, setChosen] = useState<Checkpoint | undefined>(undefined);
  const trust = useApiCommand((checkpoint: Checkpoint) => api.network.trust(checkpoint));
  useEffect(() => {
    if (opened) return;
    setDraft(EMPTY);
    setTried(false);
    setChosen(undefined);
  }, [opened]);

  const { checkpoint, problems } = checkCheckpoint(draft);
  const submit = (): void => {
    setTried(true);
    trust.reset();
    setChosen(checkpoint);
  };
  const confirm = async (): Promise<void> => {
    if (chosen === undefined) return;
    const result = await trust.run(chosen);
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'network.checkpoint.done' }, { height: chosen.height }));
    onClose();
  };
  if (chosen !== undefined) {
    return (
      <ConfirmDialog
        opened={opened}
        onClose={() => setChosen(undefined)}
        title={<FormattedMessage id="network.checkpoint.confirm.title" />}
        confirmLabel={intl.formatMessage({ id: 'network.checkpoint.confirm.hold' })}
        onConfirm={() => void confirm()}
        busy={trust.busy}
        fault={trust.fault}
      >
        <Stack gap="sm">
          <Text>
            <FormattedMessage id="network.checkpoint.confirm.text" values={{ height: chosen.height }} />
          </Text>
          <code className={styles['wholeHash']}>{hashInGroups(chosen.hash)}</code>
          <Text size="sm" c="dimmed">
            <FormattedMessage id="network.checkpoint.confirm.effect" />
          </Text>
        </Stack>
      </ConfirmDialog>
    );
  }
  const problem = (field: 'height' | 'hash'): string | undefined =>
    tried && problems[field] !== undefined
      ? intl.formatMessage({ id: `network.checkpoint.problem.${problems[field]}` })
      : undefined;
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="network.checkpoint.title" />}
      onSubmit={submit}
    >
      <Text>
        <FormattedMessage id="network.checkpoint.text" />
      </Text>
      <TextInput
        label={<FormattedMessage id="network.checkpoint.height" />}
        inputMode="numeric"
        value={draft.height}
        error={problem('height')}
        onChange={(event) => setDraft({ ...draft, height: event.currentTarget.value })}
        autoComplete="off"
        data-autofocus
      />
      <TextInput
        label={<FormattedMessage id="network.checkpoint.hash" />}
        description={<FormattedMessage id="network.checkpoint.hash.text" />}
        value={draft.hash}
        error={problem('hash')}
        onChange={(event) => setDraft({ ...draft, hash: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
