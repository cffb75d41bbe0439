// Composing a product: which models and products it is made of, how many of each, and how they are printed.

import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ProductDraft } from '../../../node-core/api/index.ts';
import { api, navigate, notify, useAccounts, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, Money, PageHeader, parseAmount } from '../../ui/index.ts';
import {
  type ComposeInput,
  DESCRIPTION_LENGTH_MAX,
  isProduct,
  type LineInput,
  NO_CHOICE,
  PARTS_MAX,
  productItem,
  QUALITIES,
  SERVICE_KINDS,
  SERVICES_MAX,
  type ServiceInput,
  TITLE_LENGTH_MAX,
  toDraft,
  type UnpricedDraft,
} from './compose.ts';
import { ContractSelect, ContractTerms } from './contract-choice.tsx';
import { BackToProducts } from './product-page.tsx';
import styles from './products.module.css';

const newLine = (key: number): LineInput => ({
  key,
  item: null,
  quantity: 1,
  material: 'PLA',
  quality: 'standard',
  choice: NO_CHOICE,
});

export function ComposePage() {
  const intl = useIntl();
  const designer = useAccounts().data?.find(({ role }) => role === 'designer');
  const [input, setInput] = useState<ComposeInput>({
    title: '',
    description: '',
    fee: '',
    lines: [newLine(1)],
    services: [],
  });
  const [tried, setTried] = useState(false);
  const [draft, setDraft] = useState<ProductDraft | undefined>(undefined);
  const register = useApiCommand((product: ProductDraft) =>
    api.products.register({ actor: designer?.address ?? '', product }),
  );
  const people = useAccounts().data ?? [];
  const addressOf = (text: string): string => people.find(({ name }) => name === text)?.address ?? text;
  const checked = toDraft(input, (text) => parseAmount(text, intl.locale), addressOf);
  // What a service costs is what its contract takes: the core asks the contract.
  const price = useApiCommand(async ({ services, ...rest }: UnpricedDraft): Promise<ProductDraft> => {
    const prices = await Promise.all(services.map(({ contract }) => api.products.servicePrice({ contract })));
    const priced = services.map((service, index) => ({
      ...service,
      priceMicro: prices[index]?.priceMicro ?? 0n,
    }));
    return { ...rest, services: priced };
  });
  const wrong = (field: 'title' | 'fee') => {
    const id = tried ? checked.faults[field] : undefined;
    return id === undefined ? null : intl.formatMessage({ id });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    register.reset();
    price.reset();
    if (checked.draft === undefined) return;
    void price.run(checked.draft).then((done) => done.ok && setDraft(done.value));
  };
  const confirm = async (): Promise<void> => {
    if (draft === undefined) return;
    const result = await register.run(draft);
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'products.compose.finished' }));
    navigate(`/products/${result.value.id}`, { replace: true });
  };
  return (
    <Stack gap="md">
      <BackToProducts />
      <PageHeader
        title={<FormattedMessage id="products.compose" />}
        subtitle={<FormattedMessage id="products.compose.subtitle" />}
      />
      <form onSubmit={submit} noValidate className={styles['compose']}>
        <TextInput
          label={intl.formatMessage({ id: 'products.compose.title' })}
          required
          maxLength={TITLE_LENGTH_MAX}
          value={input.title}
          error={wrong('title')}
          onChange={(event) => setInput({ ...input, title: event.currentTarget.value })}
        />
        <Textarea
          label={intl.formatMessage({ id: 'products.compose.description' })}
          autosize
          minRows={2}
          maxLength={DESCRIPTION_LENGTH_MAX}
          value={input.description}
          onChange={(event) => setInput({ ...input, description: event.currentTarget.value })}
        />
        <TextInput
          label={intl.formatMessage({ id: 'products.compose.fee' })}
          description={intl.formatMessage({ id: 'products.compose.fee.why' })}
          inputMode="decimal"
          rightSection="DPN"
          rightSectionWidth={56}
          value={input.fee}
          error={wrong('fee')}
          onChange={(event) => setInput({ ...input, fee: event.currentTarget.value })}
        />
        <Lines lines={input.lines} onChange={(lines) => setInput({ ...input, lines })} />
        <Wrong id={tried ? checked.faults.lines : undefined} />
        <Services services={input.services} onChange={(services) => setInput({ ...input, services })} />
        <Wrong id={tried ? checked.faults.services : undefined} />
        {price.fault === undefined ? null : <FaultNotice fault={price.fault} />}
        <Group>
          <Button type="submit" disabled={designer === undefined} loading={price.busy}>
            <FormattedMessage id="products.compose.go" />
          </Button>
        </Group>
      </form>
      <ConfirmDialog
        opened={draft !== undefined}
        onClose={() => setDraft(undefined)}
        title={
          <FormattedMessage id="products.compose.confirm.title" values={{ title: draft?.title ?? '' }} />
        }
        confirmLabel={intl.formatMessage({ id: 'products.compose.confirm' })}
        onConfirm={() => void confirm()}
        busy={register.busy}
        fault={register.fault}
      >
        <Text>
          <FormattedMessage
            id="products.compose.confirm.text"
            values={{ parts: draft?.parts.length ?? 0, fee: <Money micro={draft?.feeMicro ?? 0n} /> }}
          />
        </Text>
        {draft?.services.map(({ name, kind, priceMicro }) => (
          <Text key={name} mt="xs">
            <FormattedMessage
              id="products.compose.confirm.service"
              values={{
                service: <FormattedMessage id={`products.service.${kind}`} />,
                price: <Money micro={priceMicro} />,
              }}
            />
          </Text>
        ))}
      </ConfirmDialog>
    </Stack>
  );
}

function Wrong({ id }: { readonly id: string | undefined }) {
  return id === undefined ? null : (
    <Text c="red" size="sm" role="alert">
      <FormattedMessage id={id} />
    </Text>
  );
}

type ServicesProps = {
  readonly services: readonly ServiceInput[];
  readonly onChange: (services: readonly ServiceInput[]) => void;
};

function Services({ services, onChange }: ServicesProps) {
  const intl = useIntl();
  const change = (key: number, next: Partial<ServiceInput>): void =>
    onChange(services.map((service) => (service.key === key ? { ...service, ...next } : service)));
  const nextKey = Math.max(0, ...services.map(({ key }) => key)) + 1;
  return (
    <section aria-labelledby="compose-services">
      <Title order={2} id="compose-services" size="h4">
        <FormattedMessage id="products.services" />
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        <FormattedMessage id="products.compose.services.text" />
      </Text>
      <Stack gap="sm">
        {services.map(({ key, kind, choice }) => (
          <div key={key} className={styles['composePart']}>
            <div className={styles['composeService']}>
              <Select
                label={intl.formatMessage({ id: 'products.compose.service' })}
                allowDeselect={false}
                data={SERVICE_KINDS.map((value) => ({
                  value,
                  label: intl.formatMessage({ id: `products.service.${value}` }),
                }))}
                value={kind}
                onChange={(value) => {
                  const next = SERVICE_KINDS.find((known) => known === value);
                  if (next !== undefined) change(key, { kind: next });
                }}
              />
              <ContractSelect
                use="service"
                choice={choice}
                onChange={(next) => change(key, { choice: next })}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={intl.formatMessage({ id: 'products.compose.service.remove' })}
                onClick={() => onChange(services.filter((service) => service.key !== key))}
              >
                <Trash2 size={17} aria-hidden />
              </ActionIcon>
            </div>
            <ContractTerms use="service" choice={choice} onChange={(next) => change(key, { choice: next })} />
          </div>
        ))}
      </Stack>
      <Button
        mt="sm"
        variant="light"
        leftSection={<Plus size={16} aria-hidden />}
        disabled={services.length >= SERVICES_MAX}
        onClick={() => onChange([...services, { key: nextKey, kind: 'inspection', choice: NO_CHOICE }])}
      >
        <FormattedMessage id="products.compose.service.add" />
      </Button>
    </section>
  );
}

type LinesProps = {
  readonly lines: readonly LineInput[];
  readonly onChange: (lines: readonly LineInput[]) => void;
};

function Lines({ lines, onChange }: LinesProps) {
  const models = useApiQuery(['models', 'list', ''], ({ signal }) => api.models.list({}, { signal })).data;
  const products = useApiQuery(['products', 'list'], ({ signal }) => api.products.list({}, { signal })).data;
  const machines = useApiQuery(['machines', 'list'], ({ signal }) =>
    api.machines.list(undefined, { signal }),
  ).data;
  const intl = useIntl();
  const items = [
    {
      group: intl.formatMessage({ id: 'products.compose.models' }),
      items: (models ?? []).map(({ id, title }) => ({ value: id, label: title })),
    },
    {
      group: intl.formatMessage({ id: 'app.page.products' }),
      items: (products ?? []).map(({ id, title }) => ({ value: productItem(id), label: title })),
    },
  ].filter((group) => group.items.length > 0);
  const offered = (machines ?? []).flatMap((machine) => machine.materials.map(({ material }) => material));
  const materials = [...new Set(['PLA', 'PETG', ...offered])];
  const change = (key: number, next: Partial<LineInput>): void =>
    onChange(lines.map((line) => (line.key === key ? { ...line, ...next } : line)));
  const nextKey = Math.max(0, ...lines.map(({ key }) => key)) + 1;
  return (
    <section aria-labelledby="compose-parts">
      <Title order={2} id="compose-parts" size="h4" mb="xs">
        <FormattedMessage id="products.compose.parts" />
      </Title>
      <Stack gap="sm">
        {lines.map((line) => (
          <Line
            key={line.key}
            line={line}
            items={items}
            materials={materials}
            onChange={(next) => change(line.key, next)}
            onRemove={
              lines.length === 1 ? undefined : () => onChange(lines.filter(({ key }) => key !== line.key))
            }
          />
        ))}
      </Stack>
      <Button
        mt="sm"
        variant="light"
        leftSection={<Plus size={16} aria-hidden />}
        disabled={lines.length >= PARTS_MAX}
        onClick={() => onChange([...lines, newLine(nextKey)])}
      >
        <FormattedMessage id="products.compose.add" />
      </Button>
    </section>
  );
}

type LineProps = {
  readonly line: LineInput;
  readonly items: { group: string; items: { value: string; label: string }[] }[];
  readonly materials: readonly string[];
  readonly onChange: (next: Partial<LineInput>) => void;
  readonly onRemove: (() => void) | undefined;
};

function Line({ line, items, materials, onChange, onRemove }: LineProps) {
  const intl = useIntl();
  const whole = isProduct(line.item);
  return (
    <div className={styles['composePart']}>
      <div className={styles['composeLine']}>
        <Select
          label={intl.formatMessage({ id: 'products.compose.item' })}
          placeholder={intl.formatMessage({ id: 'products.compose.choose' })}
          searchable
          data={items}
          value={line.item}
          onChange={(item) => onChange({ item })}
        />
        <NumberInput
          label={intl.formatMessage({ id: 'products.quantity' })}
          min={1}
          max={1000}
          allowDecimal={false}
          clampBehavior="strict"
          value={line.quantity}
          onChange={(value) => typeof value === 'number' && value >= 1 && onChange({ quantity: value })}
        />
        <Select
          label={intl.formatMessage({ id: 'products.compose.material' })}
          data={[...materials]}
          allowDeselect={false}
          disabled={whole}
          value={line.material}
          onChange={(material) => material !== null && onChange({ material })}
        />
        <Select
          label={intl.formatMessage({ id: 'products.compose.quality' })}
          allowDeselect={false}
          disabled={whole}
          data={QUALITIES.map((value) => ({
            value,
            label: intl.formatMessage({ id: `products.quality.${value}` }),
          }))}
          value={line.quality}
          onChange={(value) => {
            const quality = QUALITIES.find((known) => known === value);
            if (quality !== undefined) onChange({ quality });
          }}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          disabled={onRemove === undefined}
          aria-label={intl.formatMessage({ id: 'products.compose.remove' })}
          onClick={onRemove}
        >
          <Trash2 size={17} aria-hidden />
        </ActionIcon>
        {whole ? null : (
          <ContractSelect use="part" choice={line.choice} onChange={(choice) => onChange({ choice })} />
        )}
      </div>
      {whole ? null : (
        <ContractTerms use="part" choice={line.choice} onChange={(choice) => onChange({ choice })} />
      )}
    </div>
  );
}
