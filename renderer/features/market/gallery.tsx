// The gallery: cards with a picture, who made it, what a copy costs. Search and order are kept in the address.

import { Button, CloseButton, Select, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { PackageSearch, Search, Store } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ModelView } from '../../../node-core/api/index.ts';
import { api, href, navigate, useApiQuery, useModelThumbnail, useRoute } from '../../bridge/index.ts';
import {
  Card,
  CardLink,
  CardList,
  CardSkeletons,
  EmptyState,
  FaultNotice,
  formatMillimetres,
  Money,
  PageHeader,
  PartyChip,
  Thumbnail,
  TruthBadge,
} from '../../ui/index.ts';
import styles from './market.module.css';
import { SORTS, type Sort, sortModels } from './sort.ts';

const SEARCH_DELAY_MS = 200;

export function Gallery() {
  const { query } = useRoute();
  const search = query.get('q') ?? '';
  const sort = SORTS.find((known) => known === query.get('sort')) ?? 'newest';
  const models = useApiQuery(
    ['models', 'list', search],
    ({ signal }) => api.models.list(search === '' ? {} : { search }, { signal }),
    { keepPrevious: true },
  );
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.market" />}
        subtitle={<FormattedMessage id="market.subtitle" />}
      />
      <Filters search={search} sort={sort} />
      {models.fault === undefined ? null : <FaultNotice fault={models.fault} onRetry={models.refetch} />}
      <p className={styles['count']} role="status">
        {models.data === undefined ? (
          <FormattedMessage id="market.loading" />
        ) : (
          <FormattedMessage id="market.count" values={{ count: models.data.length }} />
        )}
      </p>
      {models.data === undefined ? (
        models.fault === undefined ? (
          <CardSkeletons count={8} heightPx={340} />
        ) : null
      ) : models.data.length === 0 ? (
        <NothingFound search={search} />
      ) : (
        <CardList>
          {sortModels(models.data, sort).map((model) => (
            <ModelCard key={model.id} model={model} />
          ))}
        </CardList>
      )}
    </>
  );
}

function galleryPath(search: string, sort: Sort): string {
  const query = new URLSearchParams();
  if (search !== '') query.set('q', search);
  if (sort !== 'newest') query.set('sort', sort);
  const text = query.toString();
  return text === '' ? '/market' : `/market?${text}`;
}

function Filters({ search, sort }: { search: string; sort: Sort }) {
  const intl = useIntl();
  const [text, setText] = useState(search);
  const go = useDebouncedCallback(
    (next: string) => navigate(galleryPath(next.trim(), sort), { replace: true }),
    SEARCH_DELAY_MS,
  );
  const change = (next: string): void => {
    setText(next);
    go(next);
  };
  return (
    <div className={styles['filters']}>
      <TextInput
        className={styles['search'] ?? ''}
        type="search"
        aria-label={intl.formatMessage({ id: 'market.search' })}
        placeholder={intl.formatMessage({ id: 'market.search' })}
        leftSection={<Search size={17} aria-hidden />}
        rightSection={
          text === '' ? null : (
            <CloseButton
              aria-label={intl.formatMessage({ id: 'market.search.clear' })}
              onClick={() => change('')}
            />
          )
        }
        maxLength={200}
        value={text}
        onChange={(event) => change(event.currentTarget.value)}
      />
      <Select
        aria-label={intl.formatMessage({ id: 'market.sort' })}
        value={sort}
        allowDeselect={false}
        onChange={(value) => {
          const next = SORTS.find((known) => known === value);
          if (next !== undefined) navigate(galleryPath(search, next), { replace: true });
        }}
        data={SORTS.map((value) => ({ value, label: intl.formatMessage({ id: `market.sort.${value}` }) }))}
      />
    </div>
  );
}

function ModelCard({ model }: { model: ModelView }) {
  const intl = useIntl();
  const thumbnail = useModelThumbnail(model.hasPreview ? model.id : undefined);
  const size = [model.sizeUm.x, model.sizeUm.y, model.sizeUm.z].map((um) =>
    formatMillimetres(um, intl.locale),
  );
  const [x, y, z] = size;
  return (
    <Card>
      <Thumbnail blob={thumbnail.data} pending={model.hasPreview && thumbnail.isPending} alt="" />
      <div className={styles['cardBody']}>
        <Title order={2} className={styles['cardTitle'] ?? ''}>
          <CardLink to={href(`/market/${model.id}`)}>{model.title}</CardLink>
        </Title>
        <PartyChip party={model.designer} size={24} />
        <div className={styles['cardFacts']}>
          <span>
            <FormattedMessage id="market.size" values={{ x, y, z }} />
          </span>
          {model.copiesPrinted === 0 ? null : (
            <span>
              <FormattedMessage id="market.printed" values={{ count: model.copiesPrinted }} />
            </span>
          )}
        </div>
        <div className={styles['cardFoot']}>
          <span className={styles['price']}>
            {model.priceMicroPerCopy === 0n ? (
              <FormattedMessage id="market.free" />
            ) : (
              <Money micro={model.priceMicroPerCopy} />
            )}
          </span>
          <TruthBadge truth={model.registered.truth} />
        </div>
      </div>
    </Card>
  );
}

function NothingFound({ search }: { search: string }) {
  if (search !== '') {
    return (
      <EmptyState
        icon={<PackageSearch size={26} />}
        title={<FormattedMessage id="market.nothing.title" values={{ search }} />}
        text={<FormattedMessage id="market.nothing.text" />}
        action={
          <Button variant="default" component="a" href={href('/market')}>
            <FormattedMessage id="market.nothing.action" />
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      icon={<Store size={26} />}
      title={<FormattedMessage id="market.empty.title" />}
      text={<FormattedMessage id="market.empty.text" />}
      action={
        <Button component="a" href={href('/studio')}>
          <FormattedMessage id="market.empty.action" />
        </Button>
      }
    />
  );
}
