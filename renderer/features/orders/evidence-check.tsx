// "Verify an evidence file": anybody's file, checked here link by link against nothing but its own trust root.

import { Button, FileButton, Group, Stack, Text, Title } from '@mantine/core';
import { CircleCheck, CircleX, FileCheck2, FileSearch, ShieldCheck, ShieldX } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { EvidenceReport } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, Hash } from '../../ui/index.ts';
import styles from './orders.module.css';

export function EvidenceCheck() {
  const intl = useIntl();
  const [over, setOver] = useState(false);
  const [checked, setChecked] = useState<{ fileName: string; report: EvidenceReport } | undefined>(undefined);
  const resetFile = useRef<() => void>(null);
  const verify = useApiCommand((file: Blob) => api.orders.verifyEvidence({ file }));
  const check = async (file: File | null | undefined): Promise<void> => {
    resetFile.current?.();
    if (file === null || file === undefined) return;
    setChecked(undefined);
    const result = await verify.run(file);
    if (result.ok) setChecked({ fileName: file.name, report: result.value });
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void check(event.dataTransfer.files[0]);
  };
  return (
    <section className={styles['panel']} aria-labelledby="evidence-check">
      <Group gap="sm" mb={4}>
        <FileSearch size={18} aria-hidden />
        <Title order={2} id="evidence-check">
          <FormattedMessage id="orders.verify.title" />
        </Title>
      </Group>
      <Text size="sm" c="dimmed" mb="sm" maw="72ch">
        <FormattedMessage id="orders.verify.text" />
      </Text>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same for the keyboard */}
      <div
        className={styles['drop']}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <FileButton resetRef={resetFile} onChange={(file) => void check(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              loading={verify.busy}
              leftSection={<FileCheck2 size={16} aria-hidden />}
            >
              <FormattedMessage id="orders.verify.choose" />
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          <FormattedMessage id="orders.verify.drop" />
        </Text>
      </div>
      <Stack mt="sm" gap="sm" aria-live="polite">
        {verify.fault === undefined ? null : <FaultNotice fault={verify.fault} />}
        {checked === undefined ? null : (
          <Report {...checked} label={intl.formatMessage({ id: 'orders.verify.links' })} />
        )}
      </Stack>
    </section>
  );
}

function Report({ fileName, report, label }: { fileName: string; report: EvidenceReport; label: string }) {
  const Shield = report.ok ? ShieldCheck : ShieldX;
  return (
    <div className={styles['report']} data-ok={report.ok}>
      <p className={styles['reportTitle']}>
        <Shield size={20} aria-hidden className={styles[report.ok ? 'good' : 'bad'] ?? ''} />
        <span>
          <FormattedMessage
            id={report.ok ? 'orders.verify.ok' : 'orders.verify.broken'}
            values={{ fileName, link: <LinkName name={report.broken ?? ''} /> }}
          />
        </span>
      </p>
      <ol className={styles['links']} aria-label={label}>
        {report.links.map((link) => (
          <li key={link.name} data-ok={link.ok}>
            {link.ok ? (
              <CircleCheck size={16} aria-hidden className={styles['good'] ?? ''} />
            ) : (
              <CircleX size={16} aria-hidden className={styles['bad'] ?? ''} />
            )}
            <span>
              <strong>
                <LinkName name={link.name} />
              </strong>{' '}
              <FormattedMessage id={link.ok ? 'orders.verify.link.ok' : 'orders.verify.link.broken'} />
              <span className={styles['linkDetail']}>{link.detail}</span>
            </span>
          </li>
        ))}
      </ol>
      <Group gap={6}>
        <Text size="xs" c="dimmed">
          <FormattedMessage
            id="orders.verify.trust"
            values={{ height: report.trust.height, chainId: report.chainId }}
          />
        </Text>
        <Hash value={report.trust.hash} />
      </Group>
    </div>
  );
}

/** The link in words; one that this console does not know keeps its own name. */
function LinkName({ name }: { name: string }) {
  const intl = useIntl();
  const id = `orders.link.${name}`;
  return id in intl.messages ? <FormattedMessage id={id} /> : name;
}
