// An address of a device on the network as a person types it, with or without http:// before it.

/** The address, or why it is none, as the end of a sentence. Users and passwords are for the caller to judge. */
export function readTypedAddress(
  text: string,
  charsMax: number,
): { readonly url: URL } | { readonly url?: never; readonly reason: string } {
  const typed = text.trim();
  if (typed === '' || typed.length > charsMax) return { reason: 'it is empty or too long' };
  if (/[\s\\]/.test(typed)) return { reason: 'it holds blanks or backslashes' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    return { reason: 'it must begin with http' };
  const whole = scheme === undefined ? `http://${typed}` : typed;
  return URL.canParse(whole) ? { url: new URL(whole) } : { reason: 'it cannot be read' };
}
