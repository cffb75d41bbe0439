// #/products: the list. #/products/new: compose one. #/products/<hash>: its bill and its price. #/products/order/<account>:
// how an order of one stands.

import { useRoute } from '../../bridge/index.ts';
import { ComposePage } from './compose-page.tsx';
import { OrderPage } from './order-page.tsx';
import { ProductList } from './product-list.tsx';
import { ProductPage } from './product-page.tsx';

export function ProductsPage() {
  const { segments } = useRoute();
  const [, first, second] = segments;
  if (first === undefined) return <ProductList />;
  if (first === 'new') return <ComposePage />;
  if (first === 'order') return <OrderPage key={second} id={second ?? ''} />;
  return <ProductPage key={first} productId={first} />;
}
