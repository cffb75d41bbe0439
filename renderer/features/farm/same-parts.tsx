// The offer to print what several orders have in common in one run.

import { Alert, Button, Group } from '@mantine/core';
import { Layers } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { JobView } from '../../../node-core/api/index.ts';
import { api, useActor, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { type SamePart, samePartsOf } from './same-parts.ts';

export function SameParts({ jobs }: { readonly jobs: readonly JobView[] }) {
  return samePartsOf(jobs).map((part) => <Offer key={part.key} part={part} />);
}

function Offer({ part }: { readonly part: SamePart }) {
  const actor = useActor()?.address;
  const { title, machineName, material, copies, firstId, orderIds } = part;
  const gather = useApiCommand(() =>
    api.jobs.gather({
      id: firstId,
      orderIds: [...orderIds],
      ...(actor === undefined ? {} : { actor }),
    }),
  );
  return (
    <Alert
      color="petrol"
      mb="sm"
      icon={<Layers size={18} aria-hidden />}
      title={
        <FormattedMessage
          id="farm.same"
          values={{ orders: orderIds.length + 1, title, machine: machineName }}
        />
      }
    >
      <FormattedMessage id="farm.same.text" values={{ copies, material }} />
      <Group mt="sm">
        <Button size="compact-sm" loading={gather.busy} onClick={() => void gather.run()}>
          <FormattedMessage id="farm.same.go" />
        </Button>
      </Group>
      {gather.fault === undefined ? null : <FaultNotice fault={gather.fault} compact />}
    </Alert>
  );
}
