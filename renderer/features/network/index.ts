// What the light node verified, and on what that rests.

export { NetworkPage } from './network-page.tsx';
