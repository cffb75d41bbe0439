// A call as a line of its chat.

import { PhoneIncoming, PhoneMissed, PhoneOutgoing } from 'lucide-react';
import { FormattedTime, useIntl } from 'react-intl';
import type { CallEntryView } from '../../../../node-core/api/index.ts';
import messageStyles from '../messages.module.css';
import { callText } from './call-text.ts';

export function CallLine({ call, atMs }: { call: CallEntryView; atMs: number }) {
  const intl = useIntl();
  const Icon =
    call.outcome !== 'talked' && call.outcome !== 'elsewhere'
      ? PhoneMissed
      : call.incoming
        ? PhoneIncoming
        : PhoneOutgoing;
  return (
    <span className={messageStyles['event']} data-outcome={call.outcome}>
      <Icon size={14} aria-hidden />
      <span>{callText(intl, call)}</span>
      <FormattedTime value={atMs} timeStyle="short" />
    </span>
  );
}
