// Money as the chain proves it: balances at a verified height, history with how far each line can be believed.

import type { AccountView, WalletEntry } from '../../api/index.ts';
import type { Random, Result, Token } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse, TOKENS } from '../../base/index.ts';
import { ContractState, contractKey } from '../../chain/index.ts';
import type { Address, KeyPair } from '../../identity/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import { parseInstance } from '../../paradigm/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainIndex, WalletRow } from './chain-index.ts';
import type { Identities, Person } from './identities.ts';
import type { Parties } from './parties.ts';

export const walletFault = defineFaults('wallet', {
  'wallet.address.invalid': {
    message: '"{text}" is not an account of this network, or one of its digits is wrong.',
    next: 'Copy the account again; an account begins with 0x and has 40 more digits.',
  },
  'wallet.faucet.none': {
    message: 'Only demo networks give away play money.',
    next: 'Ask somebody on this network to send you some.',
  },
  'wallet.faucet.enough': {
    message: 'This account has enough play money.',
    next: 'Spend some of it first.',
  },
  'wallet.words.wrong': {
    message: 'At least one of the words is not the one at that place.',
    next: 'Look at your backup again; the words stay the same.',
  },
});

/** What the faucet tops an account up to: money to trade with, and as much DIMT for names. */
const FAUCET_MICRO = 1_000_000_000n;

export type WalletParts = {
  readonly chain: ChainClient;
  readonly index: ChainIndex;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly random: Random;
  /** The demo network's faucet; undefined elsewhere. */
  readonly faucet: KeyPair | undefined;
  /** Title of the model that was ordered; empty where unknown. */
  readonly titleOf: (orderId: string) => Promise<string>;
};

export type Holdings = Pick<AccountView, 'balances' | 'escrowMicro' | 'verifiedHeight'>;

export class Wallet {
  readonly #parts: WalletParts;

  constructor(parts: WalletParts) {
    this.#parts = parts;
  }

  async accounts(): Promise<Result<AccountView[]>> {
    const views: AccountView[] = [];
    for (const person of this.#parts.identities.people()) {
      const view = await this.#view(person);
      if (!view.ok) return view;
      views.push(view.value);
    }
    return ok(views);
  }

  /** Newest first. */
  async history(address: string): Promise<WalletEntry[]> {
    const rows = this.#parts.index.wallet(address);
    const orders = [...new Set(rows.flatMap((row) => (row.order_id === null ? [] : [row.order_id])))];
    const titles = await Promise.all(orders.map((id) => this.#parts.titleOf(id)));
    const titleOf = new Map(orders.map((id, i) => [id, titles[i] ?? '']));
    return rows.map((row) => this.#entry(row, titleOf.get(row.order_id ?? '') ?? ''));
  }

  async send(actor: string, to: string, token: Token, amountMicro: bigint): Promise<Result<string>> {
    const { chain, identities } = this.#parts;
    const address = parseAddress(to);
    if (address === undefined)
      return refuse(walletFault('wallet.address.invalid', { text: to.slice(0, 60) }));
    const sent = await chain.submit(identities.keyPair(actor), {
      type: 'bank.send',
      to: address,
      token,
      amountMicro,
    });
    return sent.ok ? ok(bytesToHex(sent.value.hash)) : sent;
  }

  /** Tops the account up to the faucet's amount. */
  async faucet(actor: string): Promise<Result<string>> {
    const { faucet, chain } = this.#parts;
    if (faucet === undefined) return refuse(walletFault('wallet.faucet.none'));
    const to = parseAddress(actor);
    if (to === undefined) return refuse(walletFault('wallet.address.invalid', { text: actor.slice(0, 60) }));
    const account = await chain.account(to);
    if (!account.ok) return account;
    let hash: string | undefined;
    for (const token of ['DPN', 'DIMT'] as const) {
      const amountMicro = FAUCET_MICRO - account.value.value.balances[token];
      if (amountMicro <= 0n) continue;
      const sent = await chain.submit(faucet, { type: 'bank.send', to, token, amountMicro });
      if (!sent.ok) return sent;
      hash = bytesToHex(sent.value.hash);
    }
    return hash === undefined ? refuse(walletFault('wallet.faucet.enough')) : ok(hash);
  }

  /** True where every answered word stands at its place; the account then counts as backed up. */
  async confirmBackup(
    actor: string,
    answers: readonly { readonly position: number; readonly word: string }[],
  ): Promise<boolean> {
    const { identities } = this.#parts;
    const words = await identities.words(actor);
    const distinct = new Set(answers.map((answer) => answer.position)).size === answers.length;
    const right = answers.every(({ position, word }) => words[position] === word.trim().toLowerCase());
    if (distinct && right) identities.markBackedUp(actor);
    return distinct && right;
  }

  /** What any account owns, proven; remembered where the chain cannot be reached. */
  async holdings(address: Address): Promise<Result<Holdings>> {
    const account = await this.#parts.chain.known.account(address);
    if (!account.ok) return account;
    const escrowMicro = await this.#escrow(address);
    if (!escrowMicro.ok) return escrowMicro;
    const { balances } = account.value.value;
    const known = TOKENS.map((token) => [token, balances[token]]);
    return ok({
      balances: Object.fromEntries(known) as AccountView['balances'],
      escrowMicro: escrowMicro.value,
      verifiedHeight: Number(account.value.height),
    });
  }

  async #view(person: Person): Promise<Result<AccountView>> {
    const held = await this.holdings(this.#parts.identities.keyPair(person.address).address);
    return held.ok ? ok({ ...person, ...held.value }) : held;
  }

  /** What this account paid into contracts that still hold it. */
  async #escrow(address: Address): Promise<Result<bigint>> {
    const { known: chain } = this.#parts.chain;
    const ids = await chain.list('contracts-of', address);
    if (!ids.ok) return ids;
    let escrowMicro = 0n;
    for (const id of ids.value) {
      const contract = await chain.read(ContractState, contractKey(id));
      if (!contract.ok) return contract;
      const instance =
        contract.value === undefined ? undefined : parseInstance(contract.value.value.instance);
      if (instance?.ok !== true) continue;
      const buyer = instance.value.roles['buyer'];
      if (buyer !== undefined && sameAddress(buyer, address)) escrowMicro += instance.value.heldMicro;
    }
    const agreed = await this.#heldInAgreements(address);
    return agreed.ok ? ok(escrowMicro + agreed.value) : agreed;
  }

  /** In an agreement anybody may have paid: what this account did less what came back, and no more than is held. */
  async #heldInAgreements(address: Address): Promise<Result<bigint>> {
    const { index, chain } = this.#parts;
    const paidMicro = new Map<string, bigint>();
    for (const { kind, order_id: id, amount_micro: amount } of index.wallet(addressToText(address))) {
      if (id === null || (kind !== 'escrow' && kind !== 'refund' && kind !== 'earning' && kind !== 'author'))
        continue;
      paidMicro.set(id, (paidMicro.get(id) ?? 0n) - BigInt(amount));
    }
    const ids = await chain.known.list('agreements-of', address);
    if (!ids.ok) return ids;
    let sumMicro = 0n;
    for (const id of ids.value) {
      const paid = paidMicro.get(addressToText(id)) ?? 0n;
      if (paid <= 0n) continue;
      const contract = await chain.known.read(ContractState, contractKey(id));
      if (!contract.ok) return contract;
      const instance =
        contract.value === undefined ? undefined : parseInstance(contract.value.value.instance);
      const held = instance?.ok === true ? instance.value.heldMicro : 0n;
      sumMicro += paid < held ? paid : held;
    }
    return ok(sumMicro);
  }

  #entry(row: WalletRow, orderTitle: string): WalletEntry {
    const { chain, parties } = this.#parts;
    const anchor = row.tx_hash === null ? undefined : chain.anchors.get(row.tx_hash);
    const proven = row.tx_hash === null || anchor?.verified_ms != null;
    return {
      id: String(row.seq),
      kind: row.kind,
      token: row.token as Token,
      amountMicro: BigInt(row.amount_micro),
      ...(row.counterparty === null || row.counterparty === ''
        ? {}
        : { counterparty: parties.party(row.counterparty) }),
      ...(row.order_id === null ? {} : { orderId: row.order_id }),
      ...(orderTitle === '' ? {} : { orderTitle }),
      anchor: {
        truth: proven ? 'verified' : 'sent',
        height: row.height,
        timeS: row.time_s,
        ...(row.tx_hash === null ? {} : { txHash: row.tx_hash }),
      },
    };
  }
}
