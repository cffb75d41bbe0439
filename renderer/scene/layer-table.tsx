// The layers as a table beside the picture: the same job for keyboard and screen reader. Long jobs come in pages.

import { Button, Group } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import styles from './scene.module.css';
import type { LayerRow } from './toolpath-index.ts';

const ROWS_PER_PAGE = 15;

export type LayerTableProps = {
  readonly layers: readonly LayerRow[];
  /** 1-based; 0 before the first. */
  readonly layer: number;
  readonly onLayer: (layer: number) => void;
  readonly caption: string;
};

export function LayerTable({ layers, layer, onLayer, caption }: LayerTableProps) {
  const intl = useIntl();
  const pageOf = (of: number): number => Math.max(0, Math.floor((of - 1) / ROWS_PER_PAGE));
  const [page, setPage] = useState(pageOf(layer));
  const wanted = pageOf(layer);
  useEffect(() => setPage(wanted), [wanted]);
  const pages = Math.max(1, Math.ceil(layers.length / ROWS_PER_PAGE));
  const shown = Math.min(page, pages - 1);
  const rows = layers.slice(shown * ROWS_PER_PAGE, (shown + 1) * ROWS_PER_PAGE);
  return (
    <div>
      <table className={styles['layers']}>
        <caption hidden>{caption}</caption>
        <thead>
          <tr>
            {(['layer', 'height', 'moves', 'extruded', 'time'] as const).map((column) => (
              <th key={column} scope="col">
                <FormattedMessage id={`scene.layers.${column}`} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.layer} aria-current={row.layer === layer}>
              <td>
                <button
                  type="button"
                  className={styles['layerButton']}
                  onClick={() => onLayer(row.layer)}
                  aria-label={intl.formatMessage({ id: 'scene.layers.show' }, { layer: row.layer })}
                >
                  <FormattedNumber value={row.layer} />
                </button>
              </td>
              <td>
                <FormattedNumber value={row.heightMm} minimumFractionDigits={2} maximumFractionDigits={2} />
              </td>
              <td>
                <FormattedNumber value={row.endMove - row.firstMove} />
              </td>
              <td>
                <FormattedNumber
                  value={row.extrudedMm / 1000}
                  maximumFractionDigits={2}
                  minimumFractionDigits={2}
                />
              </td>
              <td>{clock(row.seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Group justify="space-between" mt="xs" gap="xs">
        <Button size="compact-sm" variant="subtle" disabled={shown === 0} onClick={() => setPage(shown - 1)}>
          <FormattedMessage id="scene.layers.earlier" />
        </Button>
        <span className={styles['sliderValue']}>
          <FormattedMessage id="scene.layers.page" values={{ page: shown + 1, pages }} />
        </span>
        <Button
          size="compact-sm"
          variant="subtle"
          disabled={shown >= pages - 1}
          onClick={() => setPage(shown + 1)}
        >
          <FormattedMessage id="scene.layers.later" />
        </Button>
      </Group>
    </div>
  );
}

/** Minutes and seconds, `4:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
