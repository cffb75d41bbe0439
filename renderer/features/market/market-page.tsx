// #/market: the gallery. #/market/<design hash>: one model.

import { useRoute } from '../../bridge/index.ts';
import { Gallery } from './gallery.tsx';
import { ModelPage } from './model-page.tsx';

export function MarketPage() {
  const { segments } = useRoute();
  const modelId = segments[1];
  return modelId === undefined ? <Gallery /> : <ModelPage key={modelId} modelId={modelId} />;
}
