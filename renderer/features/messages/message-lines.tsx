// The lines of a chat: days, events of the order, and what people wrote.

import { Tooltip } from '@mantine/core';
import {
  Check,
  CheckCheck,
  CircleAlert,
  Clock,
  LockOpen,
  PackageCheck,
  ShieldQuestion,
  Timer,
} from 'lucide-react';
import { use } from 'react';
import { FormattedDate, FormattedMessage, FormattedTime, useIntl } from 'react-intl';
import type { MessageView, TimelineStep } from '../../../node-core/api/index.ts';
import { faultText, Identicon, shorten } from '../../ui/index.ts';
import { FileCard } from './attachments/file-card.tsx';
import { CallLine } from './calls/index.ts';
import type { ChatLine } from './lines.ts';
import { ChatActsContext, EditedMark, MessageMenu, Quote, Reactions } from './message-actions.tsx';
import { MessageText } from './message-text.tsx';
import styles from './messages.module.css';

type LinesProps = {
  readonly lines: readonly ChatLine[];
  readonly showsNames: boolean;
  /** Key of the line that was looked for. */
  readonly hit?: string | undefined;
};

export function Lines({ lines, showsNames, hit }: LinesProps) {
  return (
    <ol className={styles['lines']}>
      {lines.map((line) => (
        <li
          key={line.key}
          className={styles['line']}
          data-kind={kindOf(line)}
          data-line={line.key}
          data-hit={line.key === hit || undefined}
        >
          {line.kind === 'day' ? (
            <span className={styles['day']}>
              <FormattedDate value={line.atMs} dateStyle="full" />
            </span>
          ) : line.kind === 'event' ? (
            <OrderEvent step={line.step} atMs={line.atMs} />
          ) : line.message.call !== undefined ? (
            <CallLine call={line.message.call} atMs={line.atMs} />
          ) : (
            <Bubble message={line.message} showsName={showsNames} />
          )}
        </li>
      ))}
    </ol>
  );
}

/** A call is something that happened, like an event of an order. */
const kindOf = (line: ChatLine): ChatLine['kind'] =>
  line.kind === 'message' && line.message.call !== undefined ? 'event' : line.kind;

function OrderEvent({ step, atMs }: { step: TimelineStep; atMs: number }) {
  return (
    <span className={styles['event']}>
      <PackageCheck size={14} aria-hidden />
      <span>
        <FormattedMessage id={`orders.step.${step.code}`} />
      </span>
      {step.detail === undefined ? null : <span className={styles['eventDetail']}>{step.detail}</span>}
      <FormattedTime value={atMs} timeStyle="short" />
    </span>
  );
}

function Bubble({ message, showsName }: { message: MessageView; showsName: boolean }) {
  const acts = use(ChatActsContext);
  const { mine, from, text, atMs, reason, deleted, file } = message;
  return (
    <div className={styles['message']} data-mine={mine || undefined}>
      {mine ? null : <Identicon address={from.id} size={26} />}
      <div className={styles['bubble']}>
        {showsName && !mine ? (
          <span className={styles['from']}>{from.name === '' ? shorten(from.id) : from.name}</span>
        ) : null}
        <Quote message={message} />
        {deleted ? (
          <span className={styles['removed']}>
            <FormattedMessage id="messages.removed" />
          </span>
        ) : (
          <>
            {file === undefined || acts === undefined ? null : (
              <FileCard actor={acts.actor} message={message} file={file} />
            )}
            {file?.name === text ? null : <MessageText text={text} />}
          </>
        )}
        <Reactions message={message} />
        <span className={styles['foot']}>
          <EditedMark message={message} />
          <Secrecy message={message} />
          <Unbound message={message} />
          <FormattedTime value={atMs} timeStyle="short" />
          {mine ? <State message={message} /> : null}
        </span>
        {message.secrecy === 'downgraded' ? (
          <span className={styles['reason']} role="note">
            <FormattedMessage id="messages.secrecy.downgraded.message" />
          </span>
        ) : null}
        {reason === undefined ? null : <Refused reason={reason} />}
      </div>
      <MessageMenu message={message} />
    </div>
  );
}

/** Why it was not delivered and what to do; what a station said in words of its own can be opened. */
function Refused({ reason }: { reason: NonNullable<MessageView['reason']> }) {
  const { message, next } = faultText(useIntl(), reason);
  const said = reason.data?.['said'];
  return (
    <div className={styles['reason']} role="note">
      <FormattedMessage id="messages.reason" values={{ reason: message }} />
      <br />
      {next}
      {said === undefined ? null : (
        <details>
          <summary>
            <FormattedMessage id="messages.reason.said" />
          </summary>
          <span dir="auto">{String(said)}</span>
        </details>
      )}
    </div>
  );
}

const ICONS = { waiting: Clock, sent: Check, received: CheckCheck, refused: CircleAlert } as const;

function State({ message }: { message: MessageView }) {
  const intl = useIntl();
  const Icon = ICONS[message.state];
  const label = intl.formatMessage({ id: `messages.state.${message.state}` });
  return (
    <Tooltip label={label} events={{ hover: true, focus: true, touch: true }}>
      <span role="img" aria-label={label} data-state={message.state}>
        <Icon size={14} aria-hidden />
      </span>
    </Tooltip>
  );
}

/** What others' programs cannot do is marked; what is as it should be is not. */
function Secrecy({ message: { secrecy, goneMs } }: { message: MessageView }) {
  const intl = useIntl();
  const open = intl.formatMessage({ id: 'messages.secrecy.static.message' });
  const gone = intl.formatMessage({ id: 'messages.timer.message' });
  return (
    <>
      {goneMs === undefined ? null : (
        <Tooltip label={gone} events={{ hover: true, focus: true, touch: true }}>
          <span role="img" aria-label={gone}>
            <Timer size={13} aria-hidden />
          </span>
        </Tooltip>
      )}
      {secrecy === 'static' || secrecy === 'downgraded' ? (
        <Tooltip label={open} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
          <span role="img" aria-label={open}>
            <LockOpen size={13} aria-hidden />
          </span>
        </Tooltip>
      ) : null}
    </>
  );
}

/** Programs of others do not sign to whom they write: the station could have turned the envelope round. */
function Unbound({ message }: { message: MessageView }) {
  const intl = useIntl();
  if (message.bound) return null;
  const label = intl.formatMessage({ id: 'messages.unbound' });
  return (
    <Tooltip label={label} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <span role="img" aria-label={label}>
        <ShieldQuestion size={14} aria-hidden />
      </span>
    </Tooltip>
  );
}
