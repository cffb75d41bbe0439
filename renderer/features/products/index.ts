// Products of several parts: the list, composing one, its bill and quote, and the orders of them.

export { ProductsPage } from './products-page.tsx';
