// Orders: the list with "your turn" first, the quote configurator, and one order's page with timeline and money.

export { OrdersPage } from './orders-page.tsx';
