// Published models: the gallery and a model's page.

export { MarketPage } from './market-page.tsx';
