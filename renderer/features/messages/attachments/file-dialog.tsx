// A received or sent file large on the screen: a picture, a model in 3D, or sound and film to play. The file comes from the core, which has
// checked it; it is decoded here and nowhere else.

import { Modal, Skeleton } from '@mantine/core';
import { useMemo } from 'react';
import { useIntl } from 'react-intl';
import type { AttachmentView } from '../../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../../bridge/index.ts';
import { FaultNotice } from '../../../ui/index.ts';
import styles from './attachments.module.css';
import { ModelPreview } from './model-preview.tsx';
import { Picture } from './picture.tsx';
import { isPlayed, Player } from './player.tsx';

type Props = {
  readonly actor: string;
  readonly id: number;
  readonly file: AttachmentView;
  readonly onClose: () => void;
};

/** Pixels of the longer side of a picture on a large screen. */
const SIDE_MAX = 2048;

export function FileDialog({ actor, id, file, onClose }: Props) {
  const intl = useIntl();
  const whole = useApiQuery(
    ['messages', 'file', actor, id],
    ({ signal }) => api.messages.file({ actor, id }, { signal }),
    { immutable: true },
  );
  const isModel = file.kind !== 'image' && !isPlayed(file);
  const model = useMemo(
    () => (!isModel || whole.data === undefined ? undefined : new File([whole.data], file.name)),
    [whole.data, file.name, isModel],
  );
  const alt = intl.formatMessage({ id: 'messages.file.picture' }, { name: file.name });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={file.name}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      {whole.fault !== undefined ? (
        <FaultNotice fault={whole.fault} onRetry={whole.refetch} />
      ) : file.kind === 'image' ? (
        <div className={styles['large']}>
          <Picture blob={whole.data} alt={alt} sideMax={SIDE_MAX} />
        </div>
      ) : isPlayed(file) ? (
        <Player blob={whole.data} file={file} />
      ) : (
        <div className={styles['largeStage']}>
          {model === undefined ? (
            <Skeleton width="100%" height="100%" aria-busy="true" />
          ) : (
            <ModelPreview file={model} />
          )}
        </div>
      )}
    </Modal>
  );
}
