// Lists of cards, each of which is one link as a whole; what stands inside keeps its own tooltips.

import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './ui.module.css';

export function CardList({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <ul className={styles['cards']} data-wide={wide}>
      {children}
    </ul>
  );
}

/** In place of the list while it is fetched. */
export function CardSkeletons(props: { count: number; heightPx: number; wide?: boolean }) {
  const { count, heightPx, wide = false } = props;
  return (
    <div className={styles['cards']} data-wide={wide} aria-busy="true">
      {Array.from({ length: count }, (_, index) => index).map((card) => (
        <Skeleton key={card} height={heightPx} radius="lg" />
      ))}
    </div>
  );
}

export function Card({ children }: { children: ReactNode }) {
  return <li className={styles['card']}>{children}</li>;
}

/** What the whole card leads to. */
export function CardLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a className={styles['cardLink']} href={to}>
      {children}
    </a>
  );
}
