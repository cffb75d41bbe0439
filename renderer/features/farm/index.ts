// The farm: the owner's machines, what waits for them, one machine's page, and adding one.

export { FarmPage } from './farm-page.tsx';
