// The web host: pages and API for browsers.

export type { WebHost, WebHostOptions } from './web-host.ts';
export { createWebHost } from './web-host.ts';
