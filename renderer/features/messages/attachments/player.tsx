// Sound and film of a file, played by the page from memory. Nothing plays before its reader says so; what the page cannot
// play can be saved.

import { Skeleton, Text } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage } from 'react-intl';
import type { AttachmentView } from '../../../../node-core/api/index.ts';
import { useBlobUrl } from '../../../ui/index.ts';
import styles from './attachments.module.css';

export const isPlayed = ({ kind }: Pick<AttachmentView, 'kind'>): boolean =>
  kind === 'audio' || kind === 'video';

type Props = {
  readonly blob: Blob | undefined;
  readonly file: Pick<AttachmentView, 'kind' | 'name'>;
};

export function Player({ blob, file }: Props) {
  const url = useBlobUrl(blob);
  const [isForeign, setForeign] = useState(false);
  if (url === undefined) return <Skeleton height={file.kind === 'audio' ? 54 : 240} aria-busy="true" />;
  if (isForeign)
    return (
      <Text size="sm" role="status">
        <FormattedMessage id="messages.file.unplayable" />
      </Text>
    );
  const shared = {
    src: url,
    controls: true,
    controlsList: 'nodownload noremoteplayback',
    'aria-label': file.name,
    className: styles['player'],
    onError: () => setForeign(true),
  };
  // What strangers recorded has no captions.
  if (file.kind === 'audio') return <audio {...shared} />;
  return <video {...shared} playsInline disablePictureInPicture />;
}
