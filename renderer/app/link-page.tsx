// #/link?to=dipnet://…: asks before a link of another program, or in a chat, leads anywhere. It says what the link names
// and shows it whole; a text that is no link is shown too, and leads nowhere.

import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { Link2, Link2Off } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { parseConsoleLink } from '../../node-core/links/index.ts';
import { navigate, useConsole, useRoute } from '../bridge/index.ts';
import { EmptyState, PageHeader } from '../ui/index.ts';
import { homeOf } from './pages.tsx';
import styles from './shell.module.css';

export function LinkPage() {
  const intl = useIntl();
  const text = useRoute().query.get('to') ?? '';
  const role = useConsole((state) => state.settings.role);
  const leave = () => navigate(homeOf(role), { replace: true });
  const link = parseConsoleLink(text);
  if (link === undefined)
    return (
      <EmptyState
        icon={<Link2Off size={26} />}
        title={<FormattedMessage id="app.link.none.title" />}
        text={<FormattedMessage id="app.link.none.text" />}
        action={
          <Button variant="default" onClick={leave}>
            <FormattedMessage id="app.link.leave" />
          </Button>
        }
      />
    );
  const page = link.kind === 'page' ? intl.formatMessage({ id: `app.page.${link.page}` }) : '';
  return (
    <Stack gap="lg" maw={640}>
      <PageHeader
        title={<FormattedMessage id="app.link.title" />}
        subtitle={<FormattedMessage id="app.link.text" />}
      />
      <Card withBorder padding="lg">
        <Stack gap="md">
          <Group gap="sm" wrap="nowrap">
            <Link2 size={20} aria-hidden />
            <Text fw={500}>
              <FormattedMessage id={`app.link.${link.kind}`} values={{ page }} />
            </Text>
          </Group>
          {link.kind === 'page' ? null : (
            <code className={styles['linkValue']} dir="ltr">
              {link.value}
            </code>
          )}
          <Group gap="sm" justify="flex-end">
            <Button variant="default" onClick={leave}>
              <FormattedMessage id="app.link.leave" />
            </Button>
            <Button onClick={() => navigate(link.path, { replace: true })}>
              <FormattedMessage id="app.link.open" />
            </Button>
          </Group>
        </Stack>
      </Card>
    </Stack>
  );
}
