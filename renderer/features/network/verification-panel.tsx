// How the newest block was verified, in words a person can check: by which steps, whose signatures, checked by what, and
// how long that trust lasts. Below it, where trust begins.

import { Button, Text, Title } from '@mantine/core';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { LightView, NetworkView } from '../../../node-core/api/index.ts';
import { Hash, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';
import { nodeName } from './node-table.tsx';

export function VerificationPanel({ light }: { light: LightView }) {
  const { last } = light;
  return (
    <section className={styles['panel']}>
      <Title order={2}>
        <FormattedMessage id="network.how" />
      </Title>
      <Text mt={6}>
        {last === undefined ? (
          <FormattedMessage id="network.how.stored" values={{ height: light.height }} />
        ) : (
          <FormattedMessage
            id={`network.how.${last.method}`}
            values={{ height: light.height, steps: last.steps }}
          />
        )}
      </Text>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="network.how.block" />
        </dt>
        <dd>
          <Hash value={light.hash} head={10} tail={8} />
        </dd>
        {last === undefined ? null : <LastFacts last={last} />}
        <dt>
          <FormattedMessage id="network.how.backend" />
        </dt>
        <dd>
          <code>{light.signatureBackend}</code>
        </dd>
        <dt>
          <FormattedMessage id="network.how.totals" />
        </dt>
        <dd>
          <FormattedMessage
            id="network.how.totals.value"
            values={{ adjacent: light.adjacentSteps, skipping: light.skippingSteps }}
          />
        </dd>
      </dl>
    </section>
  );
}

function LastFacts({ last }: { last: NonNullable<LightView['last']> }) {
  const intl = useIntl();
  return (
    <>
      <dt>
        <FormattedMessage id="network.how.signatures" />
      </dt>
      <dd>
        <FormattedMessage
          id="network.how.signatures.value"
          values={{
            count: last.signatures,
            validators: last.validators,
            share: (
              <FormattedNumber value={last.signedPercent / 100} style="percent" maximumFractionDigits={1} />
            ),
          }}
        />
      </dd>
      <dt>
        <FormattedMessage id="network.how.confirmed" />
      </dt>
      <dd>
        <FormattedMessage
          id="network.how.confirmed.value"
          values={{ provider: nodeName(intl, last.provider), count: last.witnesses }}
        />
      </dd>
    </>
  );
}

export function TrustPanel({ network, onCheckpoint }: { network: NetworkView; onCheckpoint: () => void }) {
  const { light } = network;
  return (
    <section className={styles['panel']}>
      <Title order={2}>
        <FormattedMessage id="network.trust" />
      </Title>
      <Text mt={6}>
        <FormattedMessage id="network.trust.text" values={{ height: light.trustHeight }} />
      </Text>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="network.trust.hash" />
        </dt>
        <dd>
          <Hash value={light.trustHash} head={10} tail={8} />
        </dd>
        <dt>
          <FormattedMessage id="network.trust.age" />
        </dt>
        <dd>{light.blockTimeS === null ? '–' : <TimeText timeS={light.blockTimeS} relative />}</dd>
        <dt>
          <FormattedMessage id="network.trust.until" />
        </dt>
        <dd>
          {light.trustedUntilMs === null ? (
            <FormattedMessage id="network.trust.endless" />
          ) : (
            <TimeText timeS={light.trustedUntilMs / 1000} />
          )}
        </dd>
      </dl>
      {network.engine === 'solo' ? null : (
        <Button mt="md" variant="default" onClick={onCheckpoint}>
          <FormattedMessage id="network.checkpoint.enter" />
        </Button>
      )}
    </section>
  );
}
