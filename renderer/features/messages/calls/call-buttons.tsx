// The two buttons that call somebody, for the head of a chat with one person.

import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { Phone, Video } from 'lucide-react';
import { useIntl } from 'react-intl';
import { api, useApiQuery } from '../../../bridge/index.ts';
import { startCall, useCalls } from './calls.ts';

export function CallButtons({ actor, chat, off }: { actor: string; chat: string; off: boolean }) {
  const intl = useIntl();
  const { isOpening, media } = useCalls();
  const view = useApiQuery(['calls', 'view'], ({ signal }) => api.calls.view(undefined, { signal }));
  const isInCall = view.data?.calls.some((call) => call.actor === actor) === true || media !== undefined;
  const isOff = off || isInCall || isOpening;
  return (
    <Group gap={6} wrap="nowrap">
      {(['voice', 'video'] as const).map((kind) => {
        const label = intl.formatMessage({ id: `messages.call.${kind}` });
        return (
          // A button that is switched off under the pointer would keep its words for ever.
          <Tooltip key={kind} label={label} disabled={isOff}>
            <ActionIcon
              variant="default"
              size={30}
              aria-label={label}
              disabled={isOff}
              onClick={() => void startCall(actor, chat, kind === 'video')}
            >
              {kind === 'voice' ? <Phone size={15} aria-hidden /> : <Video size={15} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        );
      })}
    </Group>
  );
}
