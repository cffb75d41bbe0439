// What a stranger is asked for before anything is sent: said above the place to write, with what is missing.

import { Alert, Button } from '@mantine/core';
import { Coins } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import { Money } from '../../ui/index.ts';

export function AskedPriceNotice({ actor, chat }: { readonly actor: string; readonly chat: string }) {
  const asked = useApiQuery(['messages', 'askedPrice', actor, chat], ({ signal }) =>
    api.messages.askedPrice({ actor, chat }, { signal }),
  );
  const { workBits, stakeMicro, lockedMicro } = asked.data ?? {};
  // Work is done by itself: nobody has to do anything about it.
  if (stakeMicro === undefined || workBits !== undefined) return null;
  const missingMicro = stakeMicro - (lockedMicro ?? 0n);
  const state = lockedMicro === undefined ? 'unproven' : missingMicro > 0n ? 'missing' : 'enough';
  const values = {
    asked: <Money micro={stakeMicro} />,
    locked: <Money micro={lockedMicro ?? 0n} />,
    missing: <Money micro={missingMicro} />,
  };
  return (
    <Alert
      variant="light"
      color={state === 'enough' ? 'gray' : 'orange'}
      icon={<Coins size={16} aria-hidden />}
      role="status"
      data-asked={state}
    >
      <FormattedMessage id={`messages.price.${state}`} values={values} />
      {state === 'enough' ? null : (
        <Button component="a" href={href('/network')} variant="subtle" size="compact-sm" ml="xs">
          <FormattedMessage id="messages.price.stake" />
        </Button>
      )}
    </Alert>
  );
}
