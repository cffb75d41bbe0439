// Page furniture: headers, ways back, tiles, empty states, thumbnails.

import { Anchor, Skeleton, Title } from '@mantine/core';
import { ArrowLeft, Box } from 'lucide-react';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import styles from './ui.module.css';

/** What the page shows of its kind, for the window's title; the application provides where to say it. */
export const PageDetailContext = createContext<(detail: string | undefined) => void>(() => undefined);

/** Names in the window's title what is shown: one order of all, one machine. */
export function usePageDetail(detail: string | undefined): void {
  const tell = useContext(PageDetailContext);
  useEffect(() => {
    tell(detail);
    return () => tell(undefined);
  }, [tell, detail]);
}

export function PageHeader(props: { title: ReactNode; subtitle?: ReactNode; actions?: ReactNode }) {
  const { title, subtitle, actions } = props;
  return (
    <header className={styles['header']}>
      <div>
        <Title order={1}>{title}</Title>
        {subtitle === undefined ? null : <p className={styles['subtitle']}>{subtitle}</p>}
      </div>
      {actions}
    </header>
  );
}

/** To the page above this one. */
export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor href={to} size="sm" className={styles['back'] ?? ''}>
      <ArrowLeft size={15} aria-hidden />
      {children}
    </Anchor>
  );
}

export function EmptyState(props: {
  icon?: ReactNode;
  title: ReactNode;
  text?: ReactNode;
  action?: ReactNode;
  /** It is all there is on the page. */
  page?: boolean;
}) {
  const { icon, title, text, action, page = false } = props;
  return (
    <div className={styles['empty']}>
      {icon === undefined ? null : (
        <div className={styles['emptyIcon']} aria-hidden>
          {icon}
        </div>
      )}
      <Title order={page ? 1 : 2} size="h3">
        {title}
      </Title>
      {text === undefined ? null : <div className={styles['emptyText']}>{text}</div>}
      {action}
    </div>
  );
}

export function StatTile(props: { label: ReactNode; value: ReactNode; note?: ReactNode; icon?: ReactNode }) {
  const { label, value, note, icon } = props;
  return (
    <div className={styles['tile']}>
      <div className={styles['tileLabel']}>
        {icon}
        {label}
      </div>
      <div className={styles['tileValue']}>{value}</div>
      {note === undefined ? null : <div className={styles['tileNote']}>{note}</div>}
    </div>
  );
}

/** The blob's address while it is shown; released afterwards. */
export function useBlobUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (blob === undefined) {
      setUrl(undefined);
      return undefined;
    }
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}

/** A picture of a fixed shape: skeleton while pending, a plain mark where there is none. */
export function Thumbnail(props: { blob: Blob | undefined; alt: string; pending?: boolean | undefined }) {
  const url = useBlobUrl(props.blob);
  return (
    <div className={styles['thumbnail']}>
      {url !== undefined ? (
        <img src={url} alt={props.alt} decoding="async" />
      ) : props.pending === true ? (
        <Skeleton width="100%" height="100%" radius={0} />
      ) : (
        <Box size={40} strokeWidth={1.25} role="img" aria-label={props.alt} />
      )}
    </div>
  );
}
