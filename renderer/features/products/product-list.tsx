// Products on the market, and the acting account's orders of them.

import { Badge, Button, Skeleton, Title } from '@mantine/core';
import { Boxes, Plus } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ProductCard, ProductOrderCard } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiQuery, useConsole, useModelThumbnail } from '../../bridge/index.ts';
import {
  Card,
  CardLink,
  CardList,
  EmptyState,
  FaultNotice,
  Money,
  PageHeader,
  PartyChip,
  Thumbnail,
  TimeText,
  TruthBadge,
} from '../../ui/index.ts';
import styles from './products.module.css';

export function ProductList() {
  const role = useConsole((state) => state.settings.role);
  const products = useApiQuery(['products', 'list'], ({ signal }) => api.products.list({}, { signal }));
  const compose = (
    <Button component="a" href={href('/products/new')} leftSection={<Plus size={16} aria-hidden />}>
      <FormattedMessage id="products.compose" />
    </Button>
  );
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.products" />}
        subtitle={<FormattedMessage id="products.subtitle" />}
        actions={role === 'designer' ? compose : null}
      />
      <Orders />
      {products.fault === undefined ? null : (
        <FaultNotice fault={products.fault} onRetry={products.refetch} />
      )}
      {products.data === undefined ? (
        products.fault === undefined ? (
          <Skeleton height={260} radius="lg" aria-busy />
        ) : null
      ) : products.data.length === 0 ? (
        <EmptyState
          icon={<Boxes size={26} />}
          title={<FormattedMessage id="products.empty.title" />}
          text={<FormattedMessage id="products.empty.text" />}
          action={compose}
        />
      ) : (
        <div className={styles['list']}>
          <CardList>
            {products.data.map((product) => (
              <ProductTile key={product.id} product={product} />
            ))}
          </CardList>
        </div>
      )}
    </>
  );
}

function ProductTile({ product }: { product: ProductCard }) {
  return (
    <Card>
      <div className={styles['pictures']} data-count={Math.min(4, product.modelIds.length)}>
        {product.modelIds.map((id) => (
          <ModelPicture key={id} modelId={id} />
        ))}
      </div>
      <div className={styles['cardBody']}>
        <Title order={2} className={styles['cardTitle'] ?? ''}>
          <CardLink to={href(`/products/${product.id}`)}>{product.title}</CardLink>
        </Title>
        <PartyChip party={product.designer} size={24} />
        <div className={styles['cardFoot']}>
          <span className={styles['dim']}>
            <FormattedMessage id="products.units" values={{ count: product.units }} />
          </span>
          <TruthBadge truth={product.registered.truth} />
        </div>
      </div>
    </Card>
  );
}

export function ModelPicture({ modelId, alt = '' }: { modelId: string; alt?: string }) {
  const thumbnail = useModelThumbnail(modelId);
  return <Thumbnail blob={thumbnail.data} pending={thumbnail.isPending} alt={alt} />;
}

/** Orders that the account has a part in; nothing where there are none. */
function Orders() {
  const intl = useIntl();
  const actor = useActor();
  const locale = intl.locale.startsWith('zh') ? ('zh-Hans' as const) : ('en' as const);
  const orders = useApiQuery(
    ['orders', 'products', actor?.address, locale],
    ({ signal }) => api.products.orders({ actor: actor?.address ?? '', locale }, { signal }),
    { enabled: actor !== undefined },
  );
  if (orders.data === undefined || orders.data.length === 0) return null;
  return (
    <section className={styles['orders']} aria-labelledby="product-orders">
      <Title order={2} id="product-orders" size="h4">
        <FormattedMessage id="products.orders" />
      </Title>
      <ul>
        {orders.data.map((order) => (
          <li key={order.id}>
            <a href={href(`/products/order/${order.id}`)}>{order.title}</a>
            <EndingBadge order={order} />
            <span className={styles['dim']}>
              <FormattedMessage
                id="products.done"
                values={{ done: order.piecesDone, pieces: order.pieces }}
              />
            </span>
            <span className={styles['dim']}>
              <TimeText timeS={order.openedS} relative />
            </span>
            <Money micro={order.heldMicro} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const ENDING_COLOURS = { success: 'green', compromise: 'yellow', refund: 'gray' } as const;

export function EndingBadge({ order }: { order: Pick<ProductOrderCard, 'ended' | 'stateLabel'> }) {
  const color = order.ended === undefined ? 'petrol' : ENDING_COLOURS[order.ended];
  return (
    <Badge variant="light" color={color}>
      {order.stateLabel}
    </Badge>
  );
}
