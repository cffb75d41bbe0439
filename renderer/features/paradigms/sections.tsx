// The sections of the page: kinds of contract, the agreements made under them, a document of one's own, the council.

import { FileCheck2, Handshake, Landmark, ScrollText } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { href } from '../../bridge/index.ts';
import styles from './paradigms.module.css';

const SECTIONS = [
  { id: 'gallery', path: '/paradigms', Icon: ScrollText },
  { id: 'agreements', path: '/paradigms/agreements', Icon: Handshake },
  { id: 'check', path: '/paradigms/check', Icon: FileCheck2 },
  { id: 'council', path: '/paradigms/council', Icon: Landmark },
] as const;

export function Sections({ current }: { current: (typeof SECTIONS)[number]['id'] }) {
  const intl = useIntl();
  return (
    <nav className={styles['sections']} aria-label={intl.formatMessage({ id: 'paradigms.sections' })}>
      {SECTIONS.map(({ id, path, Icon }) => (
        <a key={id} href={href(path)} {...(id === current ? { 'aria-current': 'page' } : {})}>
          <Icon size={16} aria-hidden />
          <FormattedMessage id={`paradigms.section.${id}`} />
        </a>
      ))}
    </nav>
  );
}
