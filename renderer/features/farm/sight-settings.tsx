// What the parties of an order see of its print on this machine. Pictures are a setting of the camera, named here too.

import { Alert, Stack, Switch, Text, Title } from '@mantine/core';
import { Eye } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, ShopView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { useCameraView } from './camera-live.tsx';
import styles from './farm.module.css';

export function SightSettings({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { id } = machine;
  const shop = useApiQuery(['machines', 'shop', id], ({ signal }) => api.machines.shop({ id }, { signal }));
  const save = useApiCommand((sight: ShopView['sight']) => api.machines.saveShop({ id, sight }));
  const camera = useCameraView(id);
  const sight = shop.data?.sight;
  if (sight === undefined) return null;
  return (
    <section className={styles['panel']} aria-labelledby="sight">
      <Title order={2} id="sight" mb={4}>
        <FormattedMessage id="farm.sight" />
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <FormattedMessage id="farm.sight.note" />
      </Text>
      <Stack gap="sm">
        {(['progress', 'temperatures'] as const).map((kind) => (
          <Switch
            key={kind}
            checked={sight[kind]}
            disabled={save.busy || (kind === 'temperatures' && !sight.progress)}
            onChange={(event) => void save.run({ ...sight, [kind]: event.currentTarget.checked })}
            label={intl.formatMessage({ id: `farm.sight.${kind}` })}
            description={intl.formatMessage({ id: `farm.sight.${kind}.note` })}
          />
        ))}
        {camera === undefined || camera.source === 'none' ? null : (
          <Alert variant="light" color="gray" icon={<Eye size={16} aria-hidden />}>
            <FormattedMessage id={`farm.sight.pictures.${camera.showsBuyers ? 'on' : 'off'}`} />
          </Alert>
        )}
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
      </Stack>
    </section>
  );
}
