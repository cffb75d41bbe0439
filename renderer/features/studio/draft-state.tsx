// A draft's state as icon and word.

import { Badge } from '@mantine/core';
import { CircleCheck, CircleX, Globe, LoaderCircle } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { DraftView } from '../../../node-core/api/index.ts';

const LOOKS = {
  analysing: { icon: LoaderCircle, color: 'gray' },
  ready: { icon: CircleCheck, color: 'petrol' },
  refused: { icon: CircleX, color: 'red' },
  published: { icon: Globe, color: 'petrol' },
} as const;

export function DraftStateBadge({ state }: { state: DraftView['state'] }) {
  const { icon: Icon, color } = LOOKS[state];
  return (
    <Badge variant="light" color={color} tt="none" leftSection={<Icon size={13} aria-hidden />}>
      <FormattedMessage id={`studio.state.${state}`} />
    </Badge>
  );
}
