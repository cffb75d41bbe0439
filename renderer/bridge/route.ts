// Where the person is, kept in the address's fragment (#/orders/0x…) so that a reload loses nothing.

import { useSyncExternalStore } from 'react';

export type Route = {
  /** Starts with a slash, without the query: `/orders/0x…`. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
};

/** Never throws: a damaged address is the start page. */
export function parseRoute(hash: string): Route {
  const text = hash.startsWith('#/') ? hash.slice(1) : '/';
  const [path = '/', search = ''] = text.split('?', 2);
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  return {
    path: `/${segments.map(encodeURIComponent).join('/')}`,
    segments,
    query: new URLSearchParams(search),
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

let current: { readonly hash: string; readonly route: Route } | undefined;

function currentRoute(): Route {
  const { hash } = window.location;
  if (current?.hash !== hash) current = { hash, route: parseRoute(hash) };
  return current.route;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}

/** Goes to a path like `/market`, at once; with `replace` the back button does not return here. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  const hash = href(path);
  if (hash === window.location.hash) return;
  if (options.replace === true) window.history.replaceState(null, '', hash);
  else window.history.pushState(null, '', hash);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** The address of a path, for links. */
export function href(path: string): string {
  return `#${path.startsWith('/') ? path : `/${path}`}`;
}
