// Signing in to a console that is served to a browser: the token in the link is exchanged for a cookie that scripts
// cannot read, and removed from the address before anything else can see it.

/** The token in a fragment like `#token=…`, and what remains of the fragment. */
export function takeToken(hash: string): { token: string; rest: string } | undefined {
  const match = /^#token=([A-Za-z0-9_\-.~]{8,256})(?:&(.*))?$/.exec(hash);
  if (match?.[1] === undefined) return undefined;
  return { token: match[1], rest: match[2] === undefined ? '#/' : `#${match[2]}` };
}

/** Exchanges the token where the address carries one. A refused token is left to the connection to report. */
export async function signIn(): Promise<void> {
  const found = takeToken(window.location.hash);
  if (found === undefined) return;
  window.history.replaceState(null, '', found.rest);
  try {
    await fetch('./session', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: found.token }),
    });
  } catch {
    // The host went away between serving the page and this request; the connection banner takes over.
  }
}
