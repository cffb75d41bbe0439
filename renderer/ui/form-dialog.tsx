// A dialog that asks for something and goes on to a summary: fields, then Cancel and Continue. Enter continues.

import { Button, Group, Modal, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';

export type FormDialogProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** The fields; they show themselves what is wrong with what was entered. */
  readonly children: ReactNode;
  readonly onSubmit: () => void;
};

export function FormDialog({ opened, onClose, title, children, onSubmit }: FormDialogProps) {
  const intl = useIntl();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {children}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              <FormattedMessage id="ui.cancel" />
            </Button>
            <Button type="submit">
              <FormattedMessage id="ui.continue" />
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
