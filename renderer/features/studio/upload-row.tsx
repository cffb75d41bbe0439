// One file on its way: how much has arrived, and a way to stop it.

import { Button, CloseButton, Group, Progress, Text } from '@mantine/core';
import { X } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { FaultNotice, formatBytes } from '../../ui/index.ts';
import styles from './studio.module.css';
import { cancelUpload, dismissUpload, type Upload } from './uploads.ts';

export function UploadRow({ upload }: { upload: Upload }) {
  const intl = useIntl();
  const share = upload.sizeBytes === 0 ? 1 : upload.sentBytes / upload.sizeBytes;
  const label = intl.formatMessage({ id: 'studio.upload.label' }, { name: upload.fileName });
  if (upload.state === 'failed' && upload.fault !== undefined) {
    return (
      <div className={styles['row']}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={550} truncate>
            {upload.fileName}
          </Text>
          <CloseButton
            aria-label={intl.formatMessage({ id: 'studio.upload.dismiss' }, { name: upload.fileName })}
            onClick={() => dismissUpload(upload.id)}
          />
        </Group>
        <FaultNotice fault={upload.fault} compact />
      </div>
    );
  }
  return (
    <div className={styles['row']}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text fw={550} truncate>
          {upload.fileName}
        </Text>
        <Text size="sm" c="dimmed" className={styles['figures'] ?? ''}>
          <FormattedMessage
            id="studio.upload.sent"
            values={{
              sent: formatBytes(upload.sentBytes, intl.locale),
              total: formatBytes(upload.sizeBytes, intl.locale),
            }}
          />
        </Text>
      </Group>
      <Progress value={share * 100} aria-label={label} transitionDuration={120} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          <FormattedMessage id="studio.upload.text" />
        </Text>
        {upload.state === 'sending' ? (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<X size={14} />}
            onClick={() => cancelUpload(upload.id)}
          >
            <FormattedMessage id="ui.task.cancel" />
          </Button>
        ) : null}
      </Group>
    </div>
  );
}
