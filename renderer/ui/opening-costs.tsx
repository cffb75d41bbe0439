// What opening a contract takes beside what its parties pay each other, in one sentence each: the fee, and the deposit that
// comes back.

import { List } from '@mantine/core';
import { FormattedMessage } from 'react-intl';
import { Duration, Money } from './values.tsx';

export function OpeningCosts(props: { feeMicro: bigint; depositMicro: bigint; keepS: number }) {
  const { feeMicro, depositMicro, keepS } = props;
  return (
    <List size="sm" spacing={4} mt="xs" c="dimmed">
      <List.Item>
        <FormattedMessage id="ui.costs.fee" values={{ fee: <Money micro={feeMicro} /> }} />
      </List.Item>
      {depositMicro === 0n ? null : (
        <List.Item>
          <FormattedMessage
            id="ui.costs.deposit"
            values={{ deposit: <Money micro={depositMicro} />, keep: <Duration seconds={keepS} /> }}
          />
        </List.Item>
      )}
    </List>
  );
}
