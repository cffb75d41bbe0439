// The text of a message. Nothing in it is a format or a picture; an address opens only after a question that says where it
// leads, and signs that would turn or hide what stands there are shown instead of obeyed.

import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Copy, ExternalLink, TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { href, isDesktop, openOutside } from '../../bridge/index.ts';
import styles from './messages.module.css';
import type { TextLink } from './text-parts.ts';
import { textParts } from './text-parts.ts';

export function MessageText({ text }: { text: string }) {
  const intl = useIntl();
  const parts = useMemo(() => textParts(text), [text]);
  return (
    <span className={styles['text']} dir="auto">
      {parts.map((part, index) => {
        // Parts of one text never change places.
        const key = `${index}`;
        if (part.kind === 'words') return <span key={key}>{part.text}</span>;
        if (part.kind === 'link') return <Link key={key} link={part.link} />;
        if (part.kind === 'own')
          return (
            <a key={key} className={styles['link']} href={href(part.path)} dir="ltr">
              {part.shown}
            </a>
          );
        const label = intl.formatMessage(
          { id: part.turns ? 'messages.sign.turns' : 'messages.sign.hidden' },
          { code: part.code },
        );
        return (
          <span key={key} className={styles['sign']} role="img" aria-label={label} title={label}>
            {part.code}
          </span>
        );
      })}
    </span>
  );
}

function Link({ link }: { link: TextLink }) {
  const [isOpen, question] = useDisclosure(false);
  return (
    <>
      <button type="button" className={styles['link']} onClick={question.open} dir="ltr">
        {link.shown}
      </button>
      {isOpen ? <LinkDialog link={link} onClose={question.close} /> : null}
    </>
  );
}

function LinkDialog({ link, onClose }: { link: TextLink; onClose: () => void }) {
  const intl = useIntl();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(link.url).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<FormattedMessage id="messages.link.title" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage
            id="messages.link.text"
            values={{ host: <strong dir="ltr">{link.host}</strong> }}
          />
        </Text>
        <code className={styles['address']} dir="ltr">
          {link.url}
        </code>
        {link.doubts.length === 0 ? null : (
          <Alert color="orange" icon={<TriangleAlert size={18} aria-hidden />}>
            <ul className={styles['doubts']}>
              {link.doubts.map((doubt) => (
                <li key={doubt}>
                  <FormattedMessage
                    id={`messages.link.${doubt}`}
                    values={{ host: link.host, written: link.written ?? link.host }}
                  />
                </li>
              ))}
            </ul>
          </Alert>
        )}
        {isDesktop() ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="messages.link.desktop" />
          </Text>
        ) : null}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            <FormattedMessage id="ui.cancel" />
          </Button>
          <Button variant="default" leftSection={<Copy size={14} aria-hidden />} onClick={copy}>
            <span aria-live="polite">
              <FormattedMessage id={copied ? 'messages.link.copied' : 'messages.link.copy'} />
            </span>
          </Button>
          {isDesktop() ? null : (
            <Button
              variant={link.doubts.length === 0 ? 'filled' : 'default'}
              leftSection={<ExternalLink size={14} aria-hidden />}
              onClick={() => {
                openOutside(link.url);
                onClose();
              }}
            >
              <FormattedMessage id="messages.link.open" />
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
