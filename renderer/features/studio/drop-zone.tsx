// Where a file enters: dropped, or chosen with the keyboard. Says what happens to it before anything does.

import { Button } from '@mantine/core';
import { FileUp } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import styles from './studio.module.css';

const ACCEPTED = '.stl,.3mf,.obj,model/stl,model/3mf,model/obj';

export function DropZone({
  onFiles,
  disabled,
}: {
  onFiles: (files: readonly File[]) => void;
  disabled: boolean;
}) {
  const intl = useIntl();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (list: FileList | null): void => {
    const files = [...(list ?? [])];
    if (files.length > 0 && !disabled) onFiles(files);
  };
  const onDrag = (event: DragEvent, inside: boolean): void => {
    event.preventDefault();
    setOver(inside);
  };
  return (
    <section
      className={styles['drop']}
      data-over={over}
      aria-label={intl.formatMessage({ id: 'studio.drop.label' })}
      onDragEnter={(event) => onDrag(event, true)}
      onDragOver={(event) => onDrag(event, true)}
      onDragLeave={(event) => onDrag(event, event.currentTarget.contains(event.relatedTarget as Node | null))}
      onDrop={(event) => {
        onDrag(event, false);
        take(event.dataTransfer.files);
      }}
    >
      <FileUp size={34} strokeWidth={1.4} aria-hidden />
      <div>
        <p className={styles['dropTitle']}>
          <FormattedMessage id="studio.drop.title" />
        </p>
        <p className={styles['dropText']}>
          <FormattedMessage id="studio.drop.text" />
        </p>
      </div>
      <Button size="md" disabled={disabled} onClick={() => input.current?.click()}>
        <FormattedMessage id="studio.drop.choose" />
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        multiple
        hidden
        aria-label={intl.formatMessage({ id: 'studio.drop.choose' })}
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = '';
        }}
      />
    </section>
  );
}
