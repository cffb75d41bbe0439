// "Your turn": colour, icon and words.

import { Hand } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import styles from './orders.module.css';

export function TurnBadge() {
  return (
    <span className={styles['turn']}>
      <Hand size={13} aria-hidden />
      <FormattedMessage id="orders.yourTurn" />
    </span>
  );
}
