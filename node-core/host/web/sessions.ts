// Who may talk to the core through the web host: whoever holds the one-time token that was printed on the terminal, and
// afterwards the browser that exchanged it. Secrets are kept as hashes and compared in constant time. Cookies are not
// separated by port: another server on this machine that the same browser visits could read this one, which is why
// the Origin of every connection is checked as well.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { nativeSha256 } from '../adapters/system.ts';

const SECRET_BYTES = 32;
/** Browsers signed in at a time; the oldest is signed out. */
const SESSIONS_MAX = 16;

export type Sessions = {
  /** A new one-time token; an unused one from before stops working. */
  issueToken(): string;
  /** The secret of a new session, where the token is right and was never used. */
  redeem(token: string): string | undefined;
  isSession(secret: string | undefined): boolean;
};

const digest = (text: string) => nativeSha256(new TextEncoder().encode(text));

/** `firstToken` lets a supervisor choose the token, for instance to open the page itself. */
export function createSessions(firstToken?: string): Sessions {
  const sessions: Uint8Array[] = [];
  let token = firstToken === undefined ? undefined : digest(firstToken);
  const createSecret = () => randomBytes(SECRET_BYTES).toString('base64url');
  return {
    issueToken() {
      const text = createSecret();
      token = digest(text);
      return text;
    },
    redeem(candidate) {
      if (token === undefined || !timingSafeEqual(digest(candidate), token)) return undefined;
      token = undefined;
      const secret = createSecret();
      sessions.push(digest(secret));
      if (sessions.length > SESSIONS_MAX) sessions.shift();
      return secret;
    },
    isSession(secret) {
      if (secret === undefined) return false;
      const candidate = digest(secret);
      // Looks at all of them, so that the time taken does not tell which one is near.
      return sessions.map((session) => timingSafeEqual(session, candidate)).includes(true);
    },
  };
}

/** The value of one cookie of a Cookie header; the first where it appears twice. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const split = pair.indexOf('=');
    if (split > 0 && pair.slice(0, split).trim() === name) return pair.slice(split + 1).trim();
  }
  return undefined;
}
