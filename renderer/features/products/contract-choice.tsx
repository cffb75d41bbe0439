// Which kind of contract makes a part or a service, who takes part in it, and its terms: the form comes from the document.

import { Autocomplete, Select, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ParadigmPage } from '../../../node-core/api/index.ts';
import { api, useAccounts, useApiQuery } from '../../bridge/index.ts';
import {
  FaultNotice,
  FieldInput,
  formFields,
  initialOf,
  initialValues,
  localeOf,
  withAddresses,
} from '../../ui/index.ts';
import { type ChoiceInput, type ChoiceUse, isUnfit, PARTIES_OF_ORDER, TERM_LENGTH_MAX } from './compose.ts';
import styles from './products.module.css';

type Props = {
  readonly use: ChoiceUse;
  readonly choice: ChoiceInput;
  readonly onChange: (next: ChoiceInput) => void;
};

export function ContractSelect({ use, choice, onChange }: Props) {
  const intl = useIntl();
  const locale = localeOf(intl.locale);
  const cards = useApiQuery(['orders', 'paradigms', locale], ({ signal }) =>
    api.paradigms.list({ locale }, { signal }),
  ).data;
  const fitting = (cards ?? []).filter(
    ({ begins, published }) =>
      published !== undefined &&
      published.closed === undefined &&
      begins === (use === 'part' ? 'part' : 'here'),
  );
  return (
    <Select
      label={intl.formatMessage({ id: 'products.compose.contract' })}
      placeholder={intl.formatMessage({
        id: use === 'part' ? 'products.compose.contract.normal' : 'products.compose.choose',
      })}
      clearable={use === 'part'}
      data={fitting.map(({ id, title }) => ({ value: id, label: title }))}
      value={choice.paradigmId}
      onChange={(paradigmId) => onChange({ paradigmId, roles: {}, values: {} })}
    />
  );
}

/** Nothing where no kind of contract is chosen. */
export function ContractTerms({ use, choice, onChange }: Props) {
  const locale = localeOf(useIntl().locale);
  const id = choice.paradigmId ?? '';
  const page = useApiQuery(
    ['orders', 'paradigm', id, locale],
    ({ signal }) => api.paradigms.get({ id, locale }, { signal }),
    { enabled: id !== '' },
  );
  if (id === '') return null;
  if (page.fault !== undefined) return <FaultNotice fault={page.fault} compact />;
  if (page.data === undefined) return null;
  if (isUnfit(page.data)) {
    return (
      <Text size="sm" c="red" role="alert">
        <FormattedMessage id="products.compose.contract.unfit" />
      </Text>
    );
  }
  return <Terms key={id} page={page.data} use={use} choice={choice} onChange={onChange} />;
}

function Terms({ page, use, choice, onChange }: Props & { readonly page: ParadigmPage }) {
  const intl = useIntl();
  const people = useAccounts().data ?? [];
  const named = page.parties.filter(
    ({ role, toName }) => toName && !(use === 'part' && PARTIES_OF_ORDER.has(role)),
  );
  const { values, roles } = choice;
  const blank = useRef(() => onChange({ ...choice, values: { ...initialValues(page.fields), ...values } }));
  useEffect(() => blank.current(), []);
  const accountOf = (text: string) => people.find(({ name }) => name === text)?.address ?? text;
  return (
    <div className={styles['composeTerms']}>
      <Text size="sm" c="dimmed" className={styles['wide'] ?? ''}>
        {page.summary}
      </Text>
      {named.map(({ role, label, explain }) => (
        <Autocomplete
          key={role}
          label={label}
          description={
            explain ??
            (use === 'service' ? intl.formatMessage({ id: 'products.compose.contract.free' }) : undefined)
          }
          placeholder="0x…"
          data={people.map(({ name }) => name)}
          value={roles[role] ?? ''}
          onChange={(text) => onChange({ ...choice, roles: { ...roles, [role]: text } })}
        />
      ))}
      {formFields(page.fields)
        .filter(({ fromQuote }) => !fromQuote)
        .map((field) => (
          <FieldInput
            key={field.name}
            field={{ ...field, maxChars: Math.min(field.maxChars ?? TERM_LENGTH_MAX, TERM_LENGTH_MAX) }}
            initial={values[field.name] ?? initialOf(field)}
            onChange={(value) => {
              const filled = withAddresses([field], { [field.name]: value }, accountOf);
              onChange({ ...choice, values: { ...values, ...filled } });
            }}
          />
        ))}
    </div>
  );
}
