// Short messages in the corner. Errors stay until dismissed, the rest leave by themselves; hovering keeps them.

import { CloseButton } from '@mantine/core';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useIntl } from 'react-intl';
import { dismissNotice, type Notice, useConsole } from '../bridge/index.ts';
import { faultText } from '../ui/index.ts';
import styles from './shell.module.css';

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, error: CircleAlert };
const SHOWN_MS = 7_000;

export function Notices() {
  const intl = useIntl();
  const notices = useConsole((state) => state.notices);
  return (
    <section
      className={styles['notices']}
      aria-label={intl.formatMessage({ id: 'app.notices' })}
      aria-live="polite"
    >
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const intl = useIntl();
  const [held, setHeld] = useState(false);
  const stays = notice.level === 'error' || held;
  useEffect(() => {
    if (stays) return undefined;
    const timer = setTimeout(() => dismissNotice(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [stays, notice.id]);
  const Icon = ICONS[notice.level];
  const text = 'fault' in notice ? faultText(intl, notice.fault) : { message: notice.text, next: '' };
  return (
    <div
      className={styles['notice']}
      data-level={notice.level}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon size={18} aria-hidden />
      <div>
        <div>{text.message}</div>
        {text.next === '' ? null : <div className={styles['noticeNext']}>{text.next}</div>}
      </div>
      <CloseButton
        size="sm"
        aria-label={intl.formatMessage({ id: 'ui.close' })}
        onClick={() => dismissNotice(notice.id)}
      />
    </div>
  );
}
