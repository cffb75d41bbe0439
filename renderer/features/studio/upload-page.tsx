// A file while it is being sent: its shape is already there, read by this page.

import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { FormattedMessage } from 'react-intl';
import { href, navigate } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { ModelFacts } from './model-facts.tsx';
import { Stage } from './stage.tsx';
import styles from './studio.module.css';
import { UploadRow } from './upload-row.tsx';
import { cancelUpload, useUploads } from './uploads.ts';

export function UploadPage({ uploadId }: { uploadId: number }) {
  const upload = useUploads((state) => state.uploads.find(({ id }) => id === uploadId));
  const target =
    upload === undefined ? '/studio' : upload.draftId === undefined ? undefined : `/studio/${upload.draftId}`;
  useEffect(() => {
    // Sent, cancelled, or from before a reload: this page has nothing more to show.
    if (target !== undefined) navigate(target, { replace: true });
  }, [target]);
  if (upload === undefined) return null;
  return (
    <Stack gap="md">
      <BackToStudio />
      <div className={styles['draft']}>
        <Stage preview={upload.preview} name={upload.fileName} />
        <Stack gap="lg">
          <Title order={1} className={styles['title'] ?? ''}>
            {upload.fileName}
          </Title>
          <UploadRow upload={upload} />
          {upload.previewFault === undefined ? null : <FaultNotice fault={upload.previewFault} />}
          {upload.preview === undefined ? null : <ModelFacts analysis={upload.preview.facts} />}
          {upload.state === 'failed' ? (
            <Group>
              <Button onClick={() => cancelUpload(upload.id)}>
                <FormattedMessage id="studio.another" />
              </Button>
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              <FormattedMessage id="studio.upload.leave" />
            </Text>
          )}
        </Stack>
      </div>
    </Stack>
  );
}

export function BackToStudio() {
  return (
    <Anchor href={href('/studio')} className={styles['back'] ?? ''}>
      <ArrowLeft size={16} aria-hidden />
      <FormattedMessage id="studio.back" />
    </Anchor>
  );
}
