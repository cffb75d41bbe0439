// The wizard's end: connect to the new machine and ask it who it is. Nothing moves and nothing heats.

import { Button, Group, Stack, Text } from '@mantine/core';
import { CircleCheck, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage } from 'react-intl';
import { api, type Fault, faultOf, href, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import styles from './farm.module.css';
import { Degrees } from './machine-tile.tsx';

type Test =
  | { readonly state: 'running' }
  | { readonly state: 'passed'; readonly answer: string | undefined }
  | { readonly state: 'failed'; readonly fault: Fault };

export function AddTest({ id, cuts }: { id: string; cuts: boolean }) {
  const [test, setTest] = useState<Test>({ state: 'running' });
  const [attempt, setAttempt] = useState(0);
  const machine = useApiQuery(['machines', 'get', id], ({ signal }) => api.machines.get({ id }, { signal }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt runs the same test again
  useEffect(() => {
    let over = false;
    setTest({ state: 'running' });
    askMachine(id).then(
      (answer) => !over && setTest({ state: 'passed', answer }),
      (error: unknown) => !over && setTest({ state: 'failed', fault: faultOf(error) }),
    );
    return () => {
      over = true;
    };
  }, [id, attempt]);
  const temperatures = machine.data?.temperatures;
  return (
    <Stack gap="md">
      <div aria-live="polite">
        {test.state === 'running' ? (
          <p className={styles['testLine']}>
            <LoaderCircle size={20} aria-hidden className={styles['spin'] ?? ''} />
            <FormattedMessage id={cuts ? 'farm.test.running.cutter' : 'farm.test.running'} />
          </p>
        ) : null}
        {test.state === 'passed' ? (
          <>
            <p className={styles['testLine']}>
              <CircleCheck size={20} aria-hidden className={styles['good'] ?? ''} />
              <strong>
                <FormattedMessage id={cuts ? 'farm.test.passed.cutter' : 'farm.test.passed'} />
              </strong>
            </p>
            {test.answer === undefined ? null : <p className={styles['answer']}>{test.answer}</p>}
          </>
        ) : null}
      </div>
      {test.state === 'failed' ? (
        <>
          <FaultNotice fault={test.fault} onRetry={() => setAttempt(attempt + 1)} />
          <Text size="sm" c="dimmed">
            <FormattedMessage id="farm.test.kept" />
          </Text>
        </>
      ) : null}
      {temperatures === undefined || test.state !== 'passed' || cuts ? null : (
        <Group gap="lg">
          <Degrees label="farm.nozzle" value={temperatures.nozzleC} target={temperatures.nozzleTargetC} />
          <Degrees label="farm.bed" value={temperatures.bedC} target={temperatures.bedTargetC} />
        </Group>
      )}
      <Group>
        <Button component="a" href={href(`/farm/${id}`)}>
          <FormattedMessage id={cuts ? 'farm.test.open.cutter' : 'farm.test.open'} />
        </Button>
        <Button component="a" href={href('/farm')} variant="default">
          <FormattedMessage id="farm.back" />
        </Button>
      </Group>
    </Stack>
  );
}

/** Connects where need be, then the firmware's own name (M115). */
async function askMachine(id: string): Promise<string | undefined> {
  const { state } = await api.machines.get({ id });
  if (state === 'offline' || state === 'fault') await api.machines.connect({ id });
  const { takesCommands } = await api.machines.get({ id });
  if (!takesCommands) return undefined;
  const { replies } = await api.machines.send({ id, command: 'M115', expiresMs: expiresSoon() });
  return replies.find((reply) => reply.includes('FIRMWARE_NAME')) ?? replies[0];
}
