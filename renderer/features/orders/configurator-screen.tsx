// The quote configurator: the part in 3D on the left, choices and a live price on the right, then the order itself.

import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { PackageX, Store } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, type IntlShape, useIntl } from 'react-intl';
import type { MachineView, ModelView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiQuery } from '../../bridge/index.ts';
import { MeshView } from '../../scene/index.ts';
import { BackLink, EmptyState, FaultNotice, Money, PageHeader, PartyChip } from '../../ui/index.ts';
import { Checkout } from './checkout.tsx';
import { ChoiceForm } from './choice-form.tsx';
import { type Configuration, firstChoice } from './configuration.ts';
import styles from './orders.module.css';
import { PricePanel } from './price-panel.tsx';
import { useQuote } from './use-quote.ts';

const HASH = /^[0-9a-f]{64}$/;

export function ConfiguratorScreen({ modelId }: { modelId: string }) {
  const known = HASH.test(modelId);
  const model = useApiQuery(
    ['models', 'get', modelId],
    ({ signal }) => api.models.get({ id: modelId }, { signal }),
    {
      enabled: known,
    },
  );
  const machines = useApiQuery(['machines', 'list'], ({ signal }) =>
    api.machines.list(undefined, { signal }),
  );
  if (!known) {
    return (
      <EmptyState
        icon={<Store size={26} />}
        title={<FormattedMessage id="orders.new.none.title" />}
        text={<FormattedMessage id="orders.new.none.text" />}
        action={
          <Button component="a" href={href('/market')}>
            <FormattedMessage id="orders.find" />
          </Button>
        }
      />
    );
  }
  const fault = model.fault ?? machines.fault;
  if (fault !== undefined && (model.data === undefined || machines.data === undefined)) {
    return (
      <FaultNotice
        fault={fault}
        onRetry={() => {
          model.refetch();
          machines.refetch();
        }}
      />
    );
  }
  if (model.data === undefined || machines.data === undefined) return <ConfiguratorSkeleton />;
  return <Configurator key={model.data.id} model={model.data} machines={machines.data} />;
}

function ConfiguratorSkeleton() {
  return (
    <div className={styles['configurator']} aria-busy="true">
      <Skeleton height={520} radius="md" />
      <Stack>
        {['a', 'b', 'c', 'd'].map((row) => (
          <Skeleton key={row} height={110} radius="lg" />
        ))}
      </Stack>
    </div>
  );
}

function Configurator({ model, machines }: { model: ModelView; machines: MachineView[] }) {
  const intl = useIntl();
  const [choice, setChoice] = useState<Configuration | undefined>(() => firstChoice(machines, model));
  useEffect(() => {
    // A machine that appears later is offered where there was none before.
    if (choice === undefined) setChoice(firstChoice(machines, model));
  }, [choice, machines, model]);
  const preview = useApiQuery(
    ['models', 'preview', model.id],
    ({ signal }) => api.models.preview({ id: model.id }, { signal }),
    { enabled: model.hasPreview, immutable: true },
  );
  return (
    <Stack gap="md" className={styles['screen'] ?? ''}>
      <BackLink to={href('/market')}>
        <FormattedMessage id="orders.new.back" />
      </BackLink>
      <PageHeader
        title={model.title}
        subtitle={
          <span className={styles['byline']}>
            <PartyChip party={model.designer} size={24} />
            <span>
              <FormattedMessage
                id="orders.new.licence"
                values={{
                  licence: licenceText(intl, model.licence),
                  price: <Money micro={model.priceMicroPerCopy} />,
                }}
              />
            </span>
          </span>
        }
      />
      <div className={styles['configurator']}>
        <div className={styles['viewer']}>
          <MeshView
            blob={preview.data}
            label={intl.formatMessage({ id: 'orders.new.view' }, { title: model.title })}
            {...(choice === undefined ? {} : { colour: choice.colour })}
          />
          <Text size="xs" c="dimmed" mt={6}>
            <FormattedMessage id="orders.new.previewNote" />
          </Text>
        </div>
        {choice === undefined ? (
          <NoMachine machines={machines} />
        ) : (
          <Choices model={model} machines={machines} choice={choice} onChange={setChoice} />
        )}
      </div>
    </Stack>
  );
}

function NoMachine({ machines }: { machines: readonly MachineView[] }) {
  return (
    <EmptyState
      icon={<PackageX size={26} />}
      title={<FormattedMessage id="orders.new.noMachine.title" />}
      text={
        <FormattedMessage
          id={machines.length === 0 ? 'orders.new.noMachine.none' : 'orders.new.noMachine.small'}
          values={{ count: machines.length }}
        />
      }
    />
  );
}

/** The licence in words; one that this console does not know by its name. */
function licenceText(intl: IntlShape, licence: string): string {
  const id = `studio.licence.${licence}`;
  return id in intl.messages ? intl.formatMessage({ id }) : licence;
}

function Choices(props: {
  model: ModelView;
  machines: MachineView[];
  choice: Configuration;
  onChange: (choice: Configuration) => void;
}) {
  const { model, machines, choice } = props;
  const actor = useActor();
  const machine = machines.find(({ id }) => id === choice.machineId);
  const price = useQuote(actor?.address, model, choice, machine?.nozzleUm);
  return (
    <Stack gap="md">
      <ChoiceForm {...props} />
      <PricePanel price={price} />
      <Checkout quote={price.quote} actor={actor} onRenew={price.renew} />
    </Stack>
  );
}
