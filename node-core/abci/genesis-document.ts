// The application's part of a genesis document (app_state) as text, and back. JSON, since people read and sign off a
// genesis; CometBFT reformats it on the way, so nothing depends on its bytes, only on its values. Chain id, time and
// validators stand beside it in CometBFT's part and are not repeated.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { base64, ok, parseUtf8, refuse, TOKENS } from '../base/index.ts';
import type { Genesis } from '../chain/index.ts';
import { addressToText, parseAddress } from '../identity/index.ts';
import { abciFault } from './faults.ts';

/** What CometBFT's part of the document says. */
export type ChainStart = Pick<Genesis, 'chainId' | 'time' | 'validators'>;
type AppState = Omit<Genesis, keyof ChainStart>;

/** CometBFT refuses a genesis document above 100 MiB. */
const TEXT_SIZE_BYTES_MAX = 100 * 1024 * 1024;

function converted<T>(what: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `not ${what}` });
    return z.NEVER;
  });
}

const micro = converted('an amount in micro', (text) =>
  /^(0|[1-9]\d{0,29})$/.test(text) ? BigInt(text) : undefined,
);
const address = converted('an address', parseAddress);
const bytes = converted('base64', (text) => {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
});
const basisPoints = z.int().min(0).max(10_000);

const appState = z.strictObject({
  v: z.literal(1),
  accounts: z.array(z.strictObject({ address, balances: z.partialRecord(z.enum(TOKENS), micro) })),
  council: address,
  treasury: address,
  paradigms: z.array(z.strictObject({ document: bytes, author: address })),
  params: z
    .strictObject({
      minimumFeeMicro: micro.exactOptional(),
      authorBasisPoints: basisPoints.exactOptional(),
      networkBasisPoints: basisPoints.exactOptional(),
    })
    .exactOptional(),
});

/** One text for one genesis: fixed order of names, no spaces. */
export function encodeAppState(genesis: Genesis): string {
  const { accounts, council, treasury, paradigms, params } = genesis;
  const document: z.input<typeof appState> = {
    v: 1,
    accounts: accounts.map((account) => ({
      address: addressToText(account.address),
      balances: Object.fromEntries(
        Object.entries(account.balances)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([token, amountMicro]) => [token, String(amountMicro)]),
      ),
    })),
    council: addressToText(council),
    treasury: addressToText(treasury),
    paradigms: paradigms.map(({ document: content, author }) => ({
      document: base64.encode(content),
      author: addressToText(author),
    })),
  };
  return JSON.stringify(params === undefined ? document : { ...document, params: encodeParams(params) });
}

function encodeParams(params: NonNullable<Genesis['params']>) {
  const { minimumFeeMicro, ...rest } = params;
  return minimumFeeMicro === undefined ? rest : { minimumFeeMicro: String(minimumFeeMicro), ...rest };
}

/** Strict: known names only, every amount and address well formed. */
export function parseAppState(document: Bytes, start: ChainStart): Result<Genesis> {
  const malformed = (reason: string) => refuse(abciFault('abci.genesis.malformed', { reason }));
  if (document.length > TEXT_SIZE_BYTES_MAX) return malformed('it is too long');
  const text = parseUtf8(document);
  if (text === undefined) return malformed('it is no text');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed('it is no JSON');
  }
  const parsed = appState.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return malformed(`app_state.${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'is wrong'}`);
  }
  const { v: _, ...state } = parsed.data;
  return ok({ ...start, ...(state satisfies AppState as AppState) });
}
