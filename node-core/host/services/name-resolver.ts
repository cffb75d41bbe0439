// What names stand for and which accounts go by, as the light node proves it now.

import type { NameView } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse, unwrap } from '../../base/index.ts';
import type { Engine, NameTerms, ParamsState } from '../../chain/index.ts';
import {
  DEFAULT_NAMES,
  NameFormState,
  NameState,
  nameFlaw,
  nameFormId,
  nameFormKey,
  nameId,
  nameKey,
  normaliseName,
  PrimaryNameState,
  premiumMicro,
  primaryNameKey,
  standingOf,
  yearlyMicro,
} from '../../chain/index.ts';
import { encodeLightBlock } from '../../comet/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import type { ChainClient } from './chain-client.ts';

export const nameFault = defineFaults('name', {
  'name.not-found': {
    message: '"{name}" is not a name that stands for anybody on this network.',
    next: 'Check the spelling, or ask for the account itself.',
  },
  'name.look-alike': {
    message: '"{name}" is nobody’s name. It looks like "{other}", which is somebody’s.',
    next: 'Make sure whom you mean: look-alikes are how people are misled.',
  },
  'name.unaffordable': {
    message: 'The name costs {priceMicro} micro-DIMT with its deposit; the account has {balanceMicro}.',
    next: 'Get DIMT first, or choose a longer name or fewer years.',
  },
  'name.pending': {
    message: '"{name}" is being registered already.',
    next: 'Wait until it is done; it takes a minute at most.',
  },
});

export type ResolverParts = {
  readonly chain: ChainClient;
  readonly engine: Engine;
  readonly light: LightNode;
  readonly clock: Clock;
};

/** A line of the chain with what proves it, for others to check. */
export type ProvenName = {
  readonly view: NameView;
  readonly proof: {
    readonly chainId: string;
    readonly height: string;
    readonly entries: readonly {
      readonly key: string;
      readonly value: string | null;
      readonly proof: string;
    }[];
    readonly lightBlock: string;
  };
};

export class NameResolver {
  readonly #parts: ResolverParts;

  constructor(parts: ResolverParts) {
    this.#parts = parts;
  }

  /** What a text stands for, as the chain proves it now. */
  async resolve(text: string): Promise<Result<NameView>> {
    const { chain } = this.#parts;
    const name = normaliseName(text);
    const params = await chain.params();
    if (!params.ok) return params;
    const flaw = nameFlaw(name);
    const own = await this.recordOf(name);
    if (!own.ok) return own;
    const verifiedHeight = own.value?.height ?? this.#provenHeight();
    const terms = termsOf(params.value);
    const record = own.value?.state ?? undefined;
    const holder = record === undefined && flaw === undefined ? await this.#holder(name) : ok(undefined);
    if (!holder.ok) return holder;
    const timeS = this.nowS();
    const standing = record === undefined ? (flaw ?? 'free') : standingOf(record, terms, timeS);
    const other = holder.value;
    const otherStanding = other === undefined ? undefined : standingOf(other, terms, timeS);
    const primary = record === undefined ? ok(undefined) : await this.#goesBy(record);
    if (!primary.ok) return primary;
    const previous = record ?? other;
    return ok({
      name: name.slice(0, 64),
      status: standing,
      ...(record === undefined ? {} : detailsOf(record, standing)),
      isPrimary: primary.value === true && standing === 'active',
      ...(other === undefined || otherStanding === 'released'
        ? {}
        : {
            lookAlike: {
              name: other.name,
              ...(otherStanding === 'active' ? { account: addressToText(other.target) } : {}),
            },
          }),
      yearlyMicro: yearlyMicro(name, terms),
      premiumMicro: premiumMicro(previous, terms, timeS),
      verifiedHeight,
    });
  }

  /** The account behind a name or behind the text of an account itself. */
  async accountOf(text: string): Promise<Result<string>> {
    const address = parseAddress(text.trim());
    if (address !== undefined) return ok(addressToText(address));
    const found = await this.resolve(text);
    if (!found.ok) return found;
    const { name, account, lookAlike } = found.value;
    if (account !== undefined) return ok(account);
    if (lookAlike !== undefined) return refuse(nameFault('name.look-alike', { name, other: lookAlike.name }));
    return refuse(nameFault('name.not-found', { name }));
  }

  /** The name an account goes by, where that name stands for it in turn; empty where by none. */
  async nameOf(address: Bytes): Promise<Result<string>> {
    const { known } = this.#parts.chain;
    const primary = await known.read(PrimaryNameState, primaryNameKey(address));
    if (!primary.ok) return primary;
    if (primary.value === undefined) return ok('');
    const { name } = primary.value.value;
    const record = await known.read(NameState, nameKey(nameId(name)));
    if (!record.ok) return record;
    const params = await known.params();
    if (!params.ok) return params;
    const state = record.value?.value;
    const agrees =
      state !== undefined &&
      sameAddress(state.target, address) &&
      standingOf(state, termsOf(params.value), this.nowS()) === 'active';
    return ok(agrees ? name : '');
  }

  /** What a name stands for, with everything that others need to check it without believing this console. */
  async proven(text: string): Promise<Result<ProvenName>> {
    const view = await this.resolve(text);
    if (!view.ok) return view;
    const { engine, light } = this.#parts;
    const height = engine.status().height - 1n;
    const { name } = view.value;
    const entries: { key: string; value: string | null; proof: string }[] = [];
    for (const key of [nameKey(nameId(name)), nameFormKey(nameFormId(name))]) {
      const state = await engine.query(key, height);
      if (!state.ok) return state;
      const verified = await light.verifyState(state.value);
      if (!verified.ok) return verified;
      const { value, proof } = state.value;
      entries.push({
        key: bytesToHex(key),
        value: value === undefined ? null : bytesToHex(value),
        proof: bytesToHex(proof),
      });
    }
    const block = light.stored(height + 1n) ?? unwrap(await engine.lightBlock(height + 1n));
    const lightBlock = bytesToHex(encodeLightBlock(block));
    const proof = { chainId: engine.status().chainId, height: height.toString(), entries, lightBlock };
    return ok({ view: view.value, proof });
  }

  readonly nowS = () => BigInt(Math.floor(this.#parts.clock.nowMs() / 1000));
  #provenHeight = () => Math.max(0, Number(this.#parts.engine.status().height - 1n));

  /** The line of the chain. */
  async recordOf(name: string) {
    const read = await this.#parts.chain.read(NameState, nameKey(nameId(name)));
    if (!read.ok) return read;
    return ok(
      read.value === undefined ? undefined : { state: read.value.value, height: Number(read.value.height) },
    );
  }

  /** Which name has the place of all that look like this one. */
  async #holder(name: string): Promise<Result<NameState | undefined>> {
    const form = await this.#parts.chain.read(NameFormState, nameFormKey(nameFormId(name)));
    if (!form.ok) return form;
    if (form.value === undefined) return ok(undefined);
    const record = await this.recordOf(form.value.value.name);
    return record.ok ? ok(record.value?.state) : record;
  }

  async #goesBy({ name, target }: NameState): Promise<Result<boolean>> {
    const primary = await this.#parts.chain.read(PrimaryNameState, primaryNameKey(target));
    return primary.ok ? ok(primary.value?.value.name === name) : primary;
  }
}

export const termsOf = (params: ParamsState): NameTerms => params.names ?? DEFAULT_NAMES;

function detailsOf(record: NameState, standing: string): Partial<NameView> {
  const { owner, target, expiresS, contest, transfer } = record;
  return {
    owner: addressToText(owner),
    expiresS: Number(expiresS),
    ...(standing === 'active' ? { account: addressToText(target) } : {}),
    ...(contest === undefined ? {} : { unsettledUntilS: Number(contest.untilS) }),
    ...(transfer === undefined
      ? {}
      : { transfer: { to: addressToText(transfer.to), timeS: Number(transfer.timeS) } }),
  };
}
