// Which of the orders' screens is shown: the list, a new quote, or one order.

import { useRoute } from '../../bridge/index.ts';
import { ConfiguratorScreen } from './configurator-screen.tsx';
import { OrderListScreen } from './order-list.tsx';
import { OrderScreen } from './order-screen.tsx';

export function OrdersPage() {
  const { segments, query } = useRoute();
  const id = segments[1];
  if (id === 'new') return <ConfiguratorScreen modelId={query.get('model') ?? ''} />;
  if (id !== undefined) return <OrderScreen key={id} id={id} />;
  return <OrderListScreen />;
}
