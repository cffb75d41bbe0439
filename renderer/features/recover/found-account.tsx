// What recovery words lead to, before anything is taken: the account, and what the light node proved of it.

import { Alert, Badge } from '@mantine/core';
import { CircleCheck, Info, KeyRound } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { AccountView } from '../../../node-core/api/index.ts';
import type { api } from '../../bridge/index.ts';
import { useConsole } from '../../bridge/index.ts';
import { addressWords, Hash, Identicon, Money } from '../../ui/index.ts';
import styles from './recover.module.css';

export type Found = Awaited<ReturnType<typeof api.accounts.inspect>>;
type Token = keyof AccountView['balances'];

export function isEmpty(found: Found): boolean {
  const money = Object.values(found.balances).some((micro) => micro > 0n) || found.escrowMicro > 0n;
  return !money && found.orders.total === 0 && found.models.length === 0 && found.machines.length === 0;
}

export function FoundAccount({ found }: { found: Found }) {
  const intl = useIntl();
  const tokens = Object.entries(found.balances).filter(([token, micro]) => token === 'DPN' || micro > 0n) as [
    Token,
    bigint,
  ][];
  const names = (list: readonly string[]) => intl.formatList(list.slice(0, NAMES_SHOWN_MAX));
  return (
    <section className={styles['found']} aria-labelledby="found">
      <div className={styles['who']}>
        <Identicon address={found.address} size={44} />
        <div>
          <h2 id="found" className={styles['whoTitle']}>
            {found.locked?.name ?? found.held?.name ?? <FormattedMessage id="recover.found.title" />}
          </h2>
          <div className={styles['whoWords']}>
            <Hash value={found.address} head={10} tail={8} /> {addressWords(found.address)}
          </div>
        </div>
        <Badge variant="light" color="gray" ms="auto" leftSection={<CircleCheck size={13} aria-hidden />}>
          <FormattedMessage id="recover.found.proven" values={{ height: found.verifiedHeight }} />
        </Badge>
      </div>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="recover.found.balance" />
        </dt>
        <dd>
          {tokens.map(([token, micro]) => (
            <span key={token} className={styles['amount']}>
              <Money micro={micro} token={token} />
            </span>
          ))}
        </dd>
        <dt>
          <FormattedMessage id="recover.found.escrow" />
        </dt>
        <dd>
          <Money micro={found.escrowMicro} />
        </dd>
        <dt>
          <FormattedMessage id="recover.found.orders" />
        </dt>
        <dd>
          <FormattedMessage id="recover.found.orders.count" values={found.orders} />
        </dd>
        <dt>
          <FormattedMessage id="recover.found.models" />
        </dt>
        <dd>
          <FormattedNumber value={found.models.length} />
          {found.models.length === 0 ? null : <span className={styles['names']}>{names(found.models)}</span>}
        </dd>
        <dt>
          <FormattedMessage id="recover.found.machines" />
        </dt>
        <dd>
          <FormattedNumber value={found.machines.length} />
          {found.machines.length === 0 ? null : (
            <span className={styles['names']}>{names(found.machines)}</span>
          )}
        </dd>
      </dl>
    </section>
  );
}

const NAMES_SHOWN_MAX = 4;

/** What there is to know before taking it: nothing found, known here, or held here already. */
export function FoundNote({ found }: { found: Found }) {
  const demo = useConsole((state) => state.status?.demo === true);
  if (found.held !== undefined) {
    return (
      <Alert color="petrol" variant="light" icon={<Info size={18} aria-hidden />} role="status">
        <FormattedMessage id="recover.held" values={{ name: found.held.name }} />
      </Alert>
    );
  }
  if (found.locked !== undefined) {
    return (
      <Alert color="petrol" variant="light" icon={<KeyRound size={18} aria-hidden />} role="status">
        <FormattedMessage id="recover.locked" />
      </Alert>
    );
  }
  if (!isEmpty(found)) return null;
  return (
    <Alert color="yellow" variant="light" icon={<Info size={18} aria-hidden />} role="status">
      <FormattedMessage id={demo ? 'recover.empty.demo' : 'recover.empty'} />
    </Alert>
  );
}
