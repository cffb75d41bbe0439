// Putting a document of one's own to the council: what it costs, how long it takes, what happens then.

import { Button } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, navigate, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, Duration, localeOf, Money } from '../../ui/index.ts';

export function SubmitButton({ text, paysAuthor }: { text: string; paysAuthor: boolean }) {
  const intl = useIntl();
  const locale = localeOf(intl.locale);
  const actor = useActor();
  const address = actor?.address ?? '';
  const [opened, setOpened] = useState(false);
  const council = useApiQuery(
    ['orders', 'council', address, locale],
    ({ signal }) => api.council.view({ actor: address, locale }, { signal }),
    { enabled: opened && address !== '' },
  );
  const submit = useApiCommand(() => api.paradigms.submit({ actor: address, text }));
  const terms = council.data?.terms;
  const label = intl.formatMessage({ id: 'paradigms.submit' });
  return (
    <>
      <Button variant="light" onClick={() => setOpened(true)}>
        {label}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={label}
        confirmLabel={label}
        busy={submit.busy}
        fault={submit.fault ?? council.fault}
        onConfirm={() => void submit.run().then((done) => done.ok && navigate('/paradigms/council'))}
      >
        {terms === undefined ? null : (
          <FormattedMessage
            id={paysAuthor ? 'paradigms.submit.text' : 'paradigms.submit.text.unpaid'}
            values={{
              name: <strong>{actor?.name}</strong>,
              fee: <Money micro={terms.feeMicro} />,
              vote: <Duration seconds={terms.voteS} />,
            }}
          />
        )}
      </ConfirmDialog>
    </>
  );
}
