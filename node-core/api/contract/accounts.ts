// Accounts of this console: their money, their names on the chain, and what brings them back.

import { z } from 'zod';
import { TOKENS } from '../../base/index.ts';
import { AccountFound, AccountView, LockedAccount, Recovered, WalletEntry } from '../account-views.ts';
import { AccountText, Role } from '../base-views.ts';
import { AccountFileView, PASSPHRASE_CHARS_MAX, PASSPHRASE_CHARS_MIN } from '../message-views.ts';
import { NamesView, NameText, NameView } from '../name-views.ts';
import { amountMicro, asAccount, base, binary, done, taskStarted, txSent } from './parts.ts';

/** As typed or pasted: more than 24 of the longest words with numbers and line ends. */
const recoveryWords = z.object({ words: z.string().max(1000) });

const ownName = asAccount.extend({ name: NameText });
const nameYears = z.int().min(1).max(10);

export const accountsContract = {
  wallet: {
    accounts: base.output(z.array(AccountView)),
    history: base.input(z.object({ address: AccountText })).output(z.array(WalletEntry)),
    send: base
      .input(asAccount.extend({ to: AccountText, token: z.enum(TOKENS), amountMicro: amountMicro.min(1n) }))
      .output(txSent),
    faucet: base.input(asAccount).output(txSent),
    /** Twelve words; the console shows them only after an explanation, and never sends them anywhere. */
    revealWords: base
      .input(asAccount.extend({ understood: z.literal(true) }))
      .output(z.object({ words: z.array(z.string()) })),
    /** Three words asked back, by 0-based position. */
    confirmBackup: base
      .input(
        asAccount.extend({
          answers: z
            .array(z.object({ position: z.int().min(0).max(23), word: z.string() }))
            .min(3)
            .max(24),
        }),
      )
      .output(z.object({ confirmed: z.boolean() })),
  },
  names: {
    /** What a name stands for, proven; its absence too. */
    resolve: base.input(z.object({ name: NameText })).output(NameView),
    view: base.input(asAccount).output(NamesView),
    /** Commits, waits and reveals as a task; begun again, it goes on where it was. */
    register: base.input(ownName.extend({ years: nameYears })).output(taskStarted),
    renew: base.input(ownName.extend({ years: nameYears })).output(txSent),
    /** By which the account goes; empty for none. */
    goBy: base.input(asAccount.extend({ name: z.string().max(64) })).output(txSent),
    /** To the account itself, it takes a transfer back. */
    transfer: base.input(ownName.extend({ to: NameText })).output(txSent),
    /** Makes the name stand for another account, such as a machine's. */
    point: base.input(ownName.extend({ to: NameText })).output(txSent),
  },
  accounts: {
    /** The words that backups are made of, for checking while they are typed. */
    wordList: base.output(z.array(z.string())),
    /** Accounts whose keys this console cannot open; their recovery words bring them back. */
    locked: base.output(z.array(LockedAccount)),
    /** What recovery words lead to; takes nothing. */
    inspect: base.input(recoveryWords).output(AccountFound),
    /** Takes the account; it acts in the role from now on. Refused where this console has it already. */
    recover: base
      .input(recoveryWords.extend({ role: Role, name: z.string().trim().min(1).max(40) }))
      .output(Recovered),
    /** The account with its contacts and groups as a file: under a passphrase, or open after a warning. */
    exportFile: base
      .input(
        asAccount.extend({
          protection: z.discriminatedUnion('kind', [
            z.object({
              kind: z.literal('passphrase'),
              passphrase: z.string().min(PASSPHRASE_CHARS_MIN).max(PASSPHRASE_CHARS_MAX),
            }),
            z.object({ kind: z.literal('open'), understood: z.literal(true) }),
          ]),
          /** With what was said in chats. */
          history: z.boolean().default(false),
        }),
      )
      .output(z.object({ fileName: z.string(), file: binary })),
    /** Whose account a file holds; takes nothing. */
    inspectFile: base.input(z.object({ file: binary })).output(AccountFileView),
    /** Takes the account with its contacts, groups and history; of one that is here already, what is missing of them. */
    importFile: base
      .input(
        z.object({
          file: binary,
          passphrase: z.string().max(PASSPHRASE_CHARS_MAX).optional(),
          role: Role,
          name: z.string().trim().min(1).max(40),
        }),
      )
      .output(
        z.object({
          address: AccountText,
          contacts: z.number(),
          groups: z.number(),
          messages: z.number(),
          added: z.boolean(),
        }),
      ),
    /** Makes an account of this console the one that acts in its role. */
    use: base.input(asAccount).output(done),
  },
};
