// Where a printer in the network is, with which key it is reached, and a button that asks it who it is. What such a
// connection cannot do is said beside it, before anything is registered.

import { Alert, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { Info } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api } from '../../bridge/index.ts';
import { AskButton } from './ask-button.tsx';
import { type DraftProblem, type NetworkDraft, type NetworkKind, networkInput } from './profiles.ts';

export type NetworkFieldsProps = {
  readonly driver: NetworkKind;
  readonly draft: NetworkDraft;
  readonly problems: readonly DraftProblem[];
  readonly onChange: (network: NetworkDraft) => void;
  /** A key is kept already; an empty field leaves it. */
  readonly keyKept?: boolean;
};

const EXAMPLES: Readonly<Record<NetworkKind, string>> = {
  moonraker: 'http://printer.local:7125',
  octoprint: 'http://octopi.local',
  prusalink: 'http://192.168.1.50',
  bambu: '192.168.1.50',
};

const KEY_LABELS: Readonly<Record<NetworkKind, string>> = {
  moonraker: 'farm.net.key',
  octoprint: 'farm.net.key',
  prusalink: 'farm.net.password',
  bambu: 'farm.net.accessCode',
};

export function NetworkFields({ driver, draft, problems, onChange, keyKept = false }: NetworkFieldsProps) {
  const intl = useIntl();
  const { address, user, key } = draft;
  const hasUser = driver === 'prusalink' || driver === 'bambu';
  const error = (problem: DraftProblem) =>
    problems.includes(problem) ? intl.formatMessage({ id: `farm.add.problem.${problem}` }) : undefined;
  return (
    <Stack gap="sm">
      <TextInput
        label={intl.formatMessage({ id: 'farm.net.address' })}
        description={intl.formatMessage({
          id: driver === 'bambu' ? 'farm.net.address.bambu' : 'farm.net.address.note',
        })}
        placeholder={EXAMPLES[driver]}
        withAsterisk
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        value={address}
        error={error('address')}
        onChange={(event) => onChange({ address: event.currentTarget.value, user, key })}
      />
      <SimpleGrid cols={{ base: 1, xs: hasUser ? 2 : 1 }}>
        {hasUser ? (
          <TextInput
            label={intl.formatMessage({ id: `farm.net.user.${driver}` })}
            description={intl.formatMessage({ id: `farm.net.user.${driver}.note` })}
            withAsterisk={driver === 'bambu'}
            error={error('serial')}
            maxLength={64}
            spellCheck={false}
            autoComplete="off"
            value={user}
            onChange={(event) => onChange({ address, user: event.currentTarget.value, key })}
          />
        ) : null}
        <PasswordInput
          label={intl.formatMessage({ id: KEY_LABELS[driver] })}
          description={intl.formatMessage({ id: keyKept ? 'farm.net.key.kept' : `farm.net.key.${driver}` })}
          withAsterisk={driver !== 'moonraker' && !keyKept}
          maxLength={512}
          autoComplete="off"
          value={key}
          error={error('key')}
          onChange={(event) => onChange({ address, user, key: event.currentTarget.value })}
        />
      </SimpleGrid>
      {keyKept ? null : (
        <AskButton
          key={`${address} ${user} ${key}`}
          label="farm.net.probe"
          disabled={address.trim() === ''}
          ask={() => api.machines.probe(networkInput(driver, draft))}
          answer={({ firmware }) => <FormattedMessage id="farm.net.answers" values={{ firmware }} />}
        />
      )}
      <Alert color="gray" icon={<Info size={18} aria-hidden />}>
        <Text size="sm">
          <FormattedMessage id={driver === 'bambu' ? 'farm.net.whole.bambu' : 'farm.net.whole'} />
        </Text>
        {driver === 'prusalink' || driver === 'bambu' ? (
          <Text size="sm" mt={6}>
            <FormattedMessage id={driver === 'bambu' ? 'farm.net.noStop.bambu' : 'farm.net.noStop'} />
          </Text>
        ) : null}
      </Alert>
    </Stack>
  );
}
