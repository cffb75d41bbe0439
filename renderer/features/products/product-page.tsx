// One product: its parts with their pictures, the services that belong to it, and what it costs.

import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { PackageX } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { ProductView } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import {
  BackLink,
  EmptyState,
  FaultNotice,
  Hash,
  Money,
  PartyChip,
  TruthBadge,
  usePageDetail,
} from '../../ui/index.ts';
import { ModelPicture } from './product-list.tsx';
import styles from './products.module.css';
import { QuotePanel } from './quote-panel.tsx';

export function ProductPage({ productId }: { productId: string }) {
  const known = /^[0-9a-f]{64}$/.test(productId);
  const product = useApiQuery(
    ['products', 'get', productId],
    ({ signal }) => api.products.get({ id: productId }, { signal }),
    { enabled: known },
  );
  return (
    <Stack gap="md">
      <BackToProducts />
      {known ? null : (
        <EmptyState
          icon={<PackageX size={26} />}
          title={<FormattedMessage id="products.unknown.title" />}
          text={<FormattedMessage id="products.unknown.text" />}
        />
      )}
      {product.fault === undefined ? null : <FaultNotice fault={product.fault} onRetry={product.refetch} />}
      {product.data !== undefined ? (
        <Details product={product.data} />
      ) : known && product.fault === undefined ? (
        <Skeleton height={420} radius="lg" aria-busy />
      ) : null}
    </Stack>
  );
}

export function BackToProducts() {
  return (
    <BackLink to={href('/products')}>
      <FormattedMessage id="products.back" />
    </BackLink>
  );
}

function Details({ product }: { product: ProductView }) {
  usePageDetail(product.title);
  return (
    <div className={styles['product']}>
      <Stack gap="lg">
        <div>
          <Title order={1} className={styles['title'] ?? ''}>
            {product.title}
          </Title>
          <div className={styles['byline']}>
            <PartyChip party={product.designer} />
            <TruthBadge truth={product.registered.truth} height={product.registered.height} />
          </div>
        </div>
        {product.description === '' ? null : <p className={styles['description']}>{product.description}</p>}
        <section aria-labelledby="parts">
          <Title order={2} id="parts" size="h3" mb="sm">
            <FormattedMessage
              id="products.parts"
              values={{ kinds: product.lines.length, count: product.units }}
            />
          </Title>
          <ul className={styles['parts']}>
            {product.lines.map((line) => (
              <Part key={`${line.modelId} ${line.name}`} line={line} />
            ))}
          </ul>
        </section>
        {product.services.length === 0 ? null : <Services services={product.services} />}
        <Text size="sm" c="dimmed">
          <FormattedMessage id="products.fingerprint" /> <Hash value={product.id} head={10} tail={8} />
        </Text>
      </Stack>
      <QuotePanel product={product} />
    </div>
  );
}

function Part({ line }: { line: ProductView['lines'][number] }) {
  return (
    <li className={styles['part']}>
      <ModelPicture modelId={line.modelId} />
      <div>
        <a className={styles['partName']} href={href(`/market/${line.modelId}`)}>
          {line.title}
        </a>
        <div className={styles['dim']}>
          <FormattedMessage
            id="products.part.needs"
            values={{
              material: line.material,
              layer: line.settings.layerHeightUm / 1000,
              infill: line.settings.infillPercent,
            }}
          />
        </div>
        {line.licenceMicroPerCopy === 0n ? null : (
          <div className={styles['dim']}>
            <FormattedMessage
              id="products.part.licence"
              values={{ price: <Money micro={line.licenceMicroPerCopy} /> }}
            />
          </div>
        )}
      </div>
      <span className={styles['times']}>×&thinsp;{line.quantity}</span>
    </li>
  );
}

function Services({ services }: { services: ProductView['services'] }) {
  return (
    <section aria-labelledby="services">
      <Title order={2} id="services" size="h3" mb="sm">
        <FormattedMessage id="products.services" />
      </Title>
      <ul className={styles['parts']}>
        {services.map(({ name, kind, priceMicro, providers }) => (
          <li key={name} className={styles['part']} data-plain>
            <div>
              <span className={styles['partName']}>
                <FormattedMessage id={`products.service.${kind}`} />
              </span>
              {providers.map((party) => (
                <PartyChip key={party.address} party={party} size={20} />
              ))}
            </div>
            <Money micro={priceMicro} />
          </li>
        ))}
      </ul>
    </section>
  );
}
