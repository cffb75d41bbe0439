// The list of keyboard shortcuts.

import { Kbd, Modal, Table } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import { PAGES } from './pages.tsx';
import { isApple } from './use-shortcuts.ts';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const intl = useIntl();
  const command = isApple() ? '⌘' : 'Ctrl';
  const alt = isApple() ? '⌥' : 'Alt';
  const rows = [
    { keys: [command, 'K'], label: intl.formatMessage({ id: 'app.shortcut.search' }) },
    { keys: [command, '/'], label: intl.formatMessage({ id: 'app.shortcut.help' }) },
    ...Object.values(PAGES).flatMap((page) =>
      page.key === undefined
        ? []
        : [
            {
              keys: [alt, '⇧', page.key],
              label: intl.formatMessage(
                { id: 'app.shortcut.page' },
                { page: intl.formatMessage({ id: `app.page.${page.id}` }) },
              ),
            },
          ],
    ),
    { keys: [alt, '⇧', 'A'], label: intl.formatMessage({ id: 'app.shortcut.answer' }) },
    { keys: [alt, '⇧', 'X'], label: intl.formatMessage({ id: 'app.shortcut.hangUp' }) },
    { keys: [command, '⇧', '.'], label: intl.formatMessage({ id: 'app.shortcut.emergency' }) },
    { keys: ['Esc'], label: intl.formatMessage({ id: 'app.shortcut.close' }) },
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      title={intl.formatMessage({ id: 'app.shortcuts' })}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <FormattedMessage id="app.shortcut.keys" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="app.shortcut.action" />
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ keys, label }) => (
            <Table.Tr key={label}>
              <Table.Td>
                {keys.map((key) => (
                  <Kbd key={key} size="sm" mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{label}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
