// Search over everything (Ctrl or Cmd and K): pages, models, orders, machines. A combobox: type, arrow keys, Enter.

import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Box, type LucideIcon, PackageCheck, Printer, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, navigate, useActor, useApiQuery } from '../bridge/index.ts';
import { PAGES } from './pages.tsx';
import styles from './shell.module.css';

type Hit = {
  readonly id: string;
  readonly group: 'pages' | 'models' | 'orders' | 'machines';
  readonly title: string;
  readonly detail: string;
  readonly path: string;
  readonly icon: LucideIcon;
};

const HITS_MAX_PER_GROUP = 6;

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const hits = useHits(text);
  const list = useRef<HTMLDivElement>(null);
  const index = Math.min(active, Math.max(0, hits.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const open = (hit: Hit | undefined): void => {
    if (hit === undefined) return;
    onClose();
    navigate(hit.path);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive(hits.length === 0 ? 0 : (index + 1) % hits.length);
    else if (event.key === 'ArrowUp')
      setActive(hits.length === 0 ? 0 : (index + hits.length - 1) % hits.length);
    else if (event.key === 'Enter') open(hits[index]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding="xs"
      yOffset="12dvh"
      size={620}
      title={undefined}
    >
      <TextInput
        role="combobox"
        aria-label={intl.formatMessage({ id: 'app.search.label' })}
        aria-expanded={hits.length > 0}
        aria-controls="search-hits"
        aria-activedescendant={hits.length === 0 ? undefined : `search-hit-${index}`}
        aria-autocomplete="list"
        placeholder={intl.formatMessage({ id: 'app.search.placeholder' })}
        leftSection={<Search size={18} aria-hidden />}
        size="md"
        variant="unstyled"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKey}
        data-autofocus
      />
      <div
        ref={list}
        id="search-hits"
        role="listbox"
        className={styles['hits']}
        aria-label={intl.formatMessage({ id: 'app.search.results' })}
      >
        {hits.map((hit, hitIndex) => (
          <HitRow
            key={hit.id}
            hit={hit}
            index={hitIndex}
            selected={hitIndex === index}
            first={hits[hitIndex - 1]?.group !== hit.group}
            onOpen={() => open(hit)}
            onHover={() => setActive(hitIndex)}
          />
        ))}
      </div>
      <div className={styles['hitsNote']} role="status">
        <FormattedMessage id="app.search.count" values={{ count: hits.length }} />
      </div>
    </Modal>
  );
}

function HitRow(props: {
  hit: Hit;
  index: number;
  selected: boolean;
  first: boolean;
  onOpen: () => void;
  onHover: () => void;
}) {
  const { hit, index, selected, first, onOpen, onHover } = props;
  const Icon = hit.icon;
  return (
    <>
      {first ? (
        <div className={styles['hitsGroup']} role="presentation">
          <FormattedMessage id={`app.search.group.${hit.group}`} />
        </div>
      ) : null}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the combobox, which opens the active option */}
      <div
        id={`search-hit-${index}`}
        role="option"
        tabIndex={-1}
        aria-selected={selected}
        className={styles['hit']}
        onClick={onOpen}
        onPointerMove={onHover}
      >
        <Icon size={17} aria-hidden />
        <span className={styles['hitTitle']}>{hit.title}</span>
        <span className={styles['hitDetail']}>{hit.detail}</span>
      </div>
    </>
  );
}

function useHits(text: string): readonly Hit[] {
  const intl = useIntl();
  const [wanted] = useDebouncedValue(text.trim(), 120);
  const actor = useActor()?.address;
  const models = useApiQuery(
    ['models', 'search', wanted],
    ({ signal }) => api.models.list({ search: wanted }, { signal }),
    { enabled: wanted !== '', keepPrevious: true },
  );
  const orders = useApiQuery(
    ['orders', 'list', actor],
    ({ signal }) => api.orders.list({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  const machines = useApiQuery(['machines', 'list'], ({ signal }) =>
    api.machines.list(undefined, { signal }),
  );

  const pages: Hit[] = Object.values(PAGES).map((page) => ({
    id: `page-${page.id}`,
    group: 'pages',
    title: intl.formatMessage({ id: `app.page.${page.id}` }),
    detail: page.path,
    path: page.path,
    icon: page.icon,
  }));
  if (wanted === '') return pages;
  const has = (...fields: string[]): boolean =>
    fields.some((field) => field.toLowerCase().includes(wanted.toLowerCase()));
  const found: Hit[][] = [
    pages.filter((hit) => has(hit.title, hit.path)),
    (models.data ?? []).map((model) => ({
      id: `model-${model.id}`,
      group: 'models',
      title: model.title,
      detail: model.designer.name,
      path: `/market/${model.id}`,
      icon: Box,
    })),
    (orders.data ?? [])
      .filter((order) => has(order.title, order.id, order.machineName, order.stateLabel))
      .map((order) => ({
        id: `order-${order.id}`,
        group: 'orders',
        title: order.title,
        detail: order.stateLabel,
        path: `/orders/${order.id}`,
        icon: PackageCheck,
      })),
    (machines.data ?? [])
      .filter((machine) => has(machine.name, machine.id, machine.owner.name))
      .map((machine) => ({
        id: `machine-${machine.id}`,
        group: 'machines',
        title: machine.name,
        detail: machine.owner.name,
        path: `/farm/${machine.id}`,
        icon: Printer,
      })),
  ];
  return found.flatMap((group) => group.slice(0, HITS_MAX_PER_GROUP));
}
