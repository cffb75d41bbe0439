// The pages' own scheme, dipnet-app://console/. It serves the built pages from an allow-list, with the same headers as
// the web host, and nothing else: no other host, no other method, no path outside the list.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import type { Pages } from '../../node-core/host/web/pages.ts';
import {
  cacheControl,
  contentSecurityPolicy,
  loadPages,
  securityHeaders,
} from '../../node-core/host/web/pages.ts';

export const SCHEME = 'dipnet-app';
export const PAGE_ORIGIN = `${SCHEME}://console`;
export const START_PAGE = `${PAGE_ORIGIN}/`;

/** Must run before the application is ready. */
export function setupScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export function setupProtocol(pagesFolder: string): void {
  const pages = loadPages(pagesFolder);
  protocol.handle(SCHEME, (request) => answer(pages, request));
}

async function answer(
  pages: Pages,
  request: { readonly url: string; readonly method: string },
): Promise<Response> {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.host !== 'console') return refuse(request.method === 'GET' ? 404 : 405);
  if (url.pathname === '/' || url.pathname === '/index.html') {
    const nonce = randomBytes(16).toString('base64');
    const html = pages.indexHtml(nonce);
    return html === undefined ? refuse(503) : page(html, 'text/html; charset=utf-8', 'no-store', nonce);
  }
  const asset = pages.findAsset(url.pathname);
  if (asset === undefined) return refuse(404);
  const body = await readFile(asset.path).catch(() => undefined);
  return body === undefined ? refuse(404) : page(body, asset.contentType, cacheControl(asset));
}

function page(
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
  cache: string,
  nonce?: string,
): Response {
  const headers = securityHeaders(contentSecurityPolicy(nonce, []));
  return new Response(body, { headers: { ...headers, 'Content-Type': contentType, 'Cache-Control': cache } });
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: securityHeaders(contentSecurityPolicy(undefined, [])) });
}
