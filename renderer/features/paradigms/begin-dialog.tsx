// Opening an agreement: who takes part, on which terms, and what it costs to begin; then a held button.

import { Autocomplete, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ExampleValues, ParadigmPage } from '../../../node-core/api/index.ts';
import { api, navigate, useAccounts, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import {
  ConfirmDialog,
  FieldInput,
  formFields,
  initialOf,
  initialValues,
  localeOf,
  OpeningCosts,
  withAddresses,
} from '../../ui/index.ts';

/** Undefined while it is asked for, and where it cannot be told. */
export function useOpeningCosts(id: string) {
  return useApiQuery(['accounts', 'opening-costs', id], ({ signal }) =>
    api.paradigms.costs({ id }, { signal }),
  ).data;
}

type Props = {
  readonly page: ParadigmPage;
  /** The model that it is about, where somebody came from its page. */
  readonly design?: string | undefined;
  readonly onClose: () => void;
};

export function BeginDialog({ page, design, onClose }: Props) {
  const intl = useIntl();
  const locale = localeOf(intl.locale);
  const actor = useActor()?.address ?? '';
  const people = (useAccounts().data ?? []).filter(({ address }) => address !== actor);
  const about = formFields(page.fields).find(({ kind }) => kind === 'hash')?.name;
  const [roles, setRoles] = useState<Readonly<Record<string, string>>>({});
  const [values, setValues] = useState<ExampleValues>(() => ({
    ...initialValues(page.fields),
    ...(about === undefined || design === undefined ? {} : { [about]: design }),
  }));
  const addressOf = (text: string): string => people.find(({ name }) => name === text)?.address ?? text;
  const costs = useOpeningCosts(page.id);
  const begin = useApiCommand(() =>
    api.agreements.begin({
      actor,
      paradigmId: page.id,
      roles: Object.fromEntries(Object.entries(roles).map(([role, text]) => [role, addressOf(text)])),
      values: withAddresses(page.fields, values, addressOf),
      locale,
    }),
  );
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={page.title}
      confirmLabel={page.opening.label}
      busy={begin.busy}
      fault={begin.fault}
      onConfirm={() =>
        void begin.run().then((done) => {
          if (done.ok) navigate(`/paradigms/agreements/${done.value.id}`);
        })
      }
    >
      <Stack gap="sm">
        <Text>{page.opening.explain}</Text>
        <Text c="dimmed" size="sm">
          <FormattedMessage id="paradigms.begin.as" values={{ role: page.opening.by }} />
        </Text>
        {page.parties
          .filter(({ toName }) => toName)
          .map(({ role, label, explain }) => (
            <Autocomplete
              key={role}
              label={label}
              description={explain}
              placeholder="0x…"
              data={people.map(({ name }) => name)}
              value={roles[role] ?? ''}
              onChange={(text) => setRoles((known) => ({ ...known, [role]: text }))}
            />
          ))}
        {formFields(page.fields).map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            initial={field.name === about && design !== undefined ? design : initialOf(field)}
            onChange={(value) => setValues((known) => ({ ...known, [field.name]: value }))}
          />
        ))}
        {costs === undefined ? null : <OpeningCosts {...costs} />}
      </Stack>
    </ConfirmDialog>
  );
}
