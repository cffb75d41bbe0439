// The queue as columns. Cards move by themselves when the work moves; each card leads to where its next step is done.

import { Badge } from '@mantine/core';
import { CircleAlert, CircleCheck, Inbox, ListChecks, PackageCheck, Play } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import { href } from '../../bridge/index.ts';
import { Duration } from '../../ui/index.ts';
import { BOARD_COLUMNS, type Board, type BoardCard, type BoardColumn } from './board-state.ts';
import styles from './farm.module.css';
import { fractionDone } from './machine-tile.tsx';

const ICONS: Readonly<Record<BoardColumn, typeof Inbox>> = {
  inbox: Inbox,
  accepted: ListChecks,
  ready: CircleCheck,
  printing: Play,
  done: PackageCheck,
  problem: CircleAlert,
};

export function QueueBoard({ board }: { board: Board }) {
  return (
    <div className={styles['board']}>
      {BOARD_COLUMNS.map((column) => {
        const Icon = ICONS[column];
        const cards = board[column];
        return (
          <section key={column} className={styles['column']} aria-labelledby={`column-${column}`}>
            <h3 id={`column-${column}`} className={styles['columnTitle']}>
              <Icon size={15} aria-hidden />
              <FormattedMessage id={`farm.column.${column}`} />
              <Badge size="sm" variant="light" color="gray" circle={cards.length < 10}>
                {cards.length}
              </Badge>
            </h3>
            {cards.length === 0 ? (
              <p className={styles['columnEmpty']}>
                <FormattedMessage id="farm.column.empty" />
              </p>
            ) : (
              <ul className={styles['cards']}>
                {cards.map((card) => (
                  <li key={`${card.kind} ${card.id}`}>
                    <BoardCardLink card={card} />
                  </li>
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </div>
  );
}

function BoardCardLink({ card }: { card: BoardCard }) {
  if (card.kind === 'order') {
    const { order } = card;
    return (
      <a className={styles['card']} href={href(`/orders/${order.id}`)} data-turn={order.yourTurn}>
        <strong>
          <FormattedMessage id="farm.offer.title" values={{ title: order.title, quantity: order.quantity }} />
        </strong>
        <span>{order.stateLabel}</span>
        <span className={styles['cardNote']}>{order.machineName}</span>
      </a>
    );
  }
  const { job } = card;
  return (
    <a className={styles['card']} href={href(`/farm/${job.machineId}`)}>
      <strong>{job.title}</strong>
      <span>
        <FormattedMessage id="farm.copy" values={{ copy: job.copy, copies: job.copies }} />
      </span>
      <span className={styles['cardNote']}>
        <span>
          <FormattedMessage id={`farm.job.${job.state}`} />
        </span>
        {job.state === 'printing' ? (
          <span>
            <FormattedMessage id="farm.job.percent" values={{ fraction: fractionDone(job.progress) }} />
          </span>
        ) : (
          <Duration seconds={job.secondsEstimated} />
        )}
      </span>
      {job.material === '' ? null : (
        <span className={styles['material']}>
          <span className={styles['dot']} style={{ background: job.colour }} aria-hidden />
          {job.material}
        </span>
      )}
    </a>
  );
}
