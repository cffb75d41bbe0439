// The console's pages as files: an allow-list read once, and the headers that go with every answer. A request is looked
// up in the list and never turned into a path, so that nothing outside the folder can be asked for. Used by the web host
// and by the desktop shell's own scheme alike.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export type Asset = {
  readonly path: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Its name holds a hash of its content: it never changes. */
  readonly immutable: boolean;
};

export type Pages = {
  /** The start page with a fresh nonce for the styles that the pages add at run time; undefined where not built. */
  indexHtml(styleNonce: string): string | undefined;
  /** By the path of the address, as it was sent. */
  findAsset(pathname: string): Asset | undefined;
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Bundlers write `name-hash.ext` with at least eight characters of hash. */
const HASHED_NAME = /^\/assets\/.+-[\w-]{8,}\.\w+$/;
const NONCE_PLACE = /__STYLE_NONCE__/g;

/** Lists the regular files below the folder whose type is known; source maps and links are left out. */
export function loadPages(folder: string): Pages {
  const assets = new Map<string, Asset>();
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  for (const entry of entries) {
    const contentType = CONTENT_TYPES[extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const pathname = `/${relative(folder, path).split(sep).join('/')}`;
    const immutable = HASHED_NAME.test(pathname);
    assets.set(pathname, { path, contentType, sizeBytes: statSync(path).size, immutable });
  }
  const index = assets.get('/index.html');
  assets.delete('/index.html');
  const html = index === undefined ? undefined : readFileSync(index.path, 'utf8');
  return {
    indexHtml: (styleNonce) => html?.replace(NONCE_PLACE, styleNonce),
    findAsset: (pathname) => assets.get(pathname),
  };
}

/**
 * What a page may load: only what comes from this very origin. `connect` lists the sources of data beside it.
 * Styles added at run time carry the nonce of their page; there are no inline scripts at all.
 */
export function contentSecurityPolicy(styleNonce: string | undefined, connect: readonly string[]): string {
  const nonce = styleNonce === undefined ? '' : ` 'nonce-${styleNonce}'`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce}`,
    "img-src 'self' data: blob:",
    // What was received and is played from memory.
    'media-src blob:',
    "font-src 'self' data:",
    ["connect-src 'self'", ...connect].join(' '),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Headers of every answer, page or not. */
export function securityHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Permissions-Policy':
      'camera=(self), microphone=(self), display-capture=(), geolocation=(), usb=(), serial=(), hid=(), payment=(), midi=()',
  };
}

export function cacheControl(asset: Asset | undefined): string {
  if (asset === undefined) return 'no-store';
  return asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
}
