// Money, names on the chain, and accounts brought here or taken elsewhere.

import { RECOVERY_WORDS } from '../../identity/index.ts';
import type { Services } from '../composition/services.ts';
import type { Watch } from '../dimp/account-transfer.ts';
import { watchTask } from '../services/tasks.ts';
import { type Base, blobOf, give, sent, toBytes } from './procedures.ts';

export function walletRoutes(os: Base, { wallet, identities, bus }: Services) {
  return {
    wallet: {
      accounts: os.wallet.accounts.handler(async () => give(await wallet.accounts())),
      history: os.wallet.history.handler(({ input }) => wallet.history(input.address)),
      send: os.wallet.send.handler(async ({ input }) => ({
        txHash: give(await wallet.send(input.actor, input.to, input.token, input.amountMicro)),
      })),
      faucet: os.wallet.faucet.handler(async ({ input }) => ({
        txHash: give(await wallet.faucet(input.actor)),
      })),
      revealWords: os.wallet.revealWords.handler(async ({ input }) => ({
        words: await identities.words(input.actor),
      })),
      confirmBackup: os.wallet.confirmBackup.handler(async ({ input }) => {
        const confirmed = await wallet.confirmBackup(input.actor, input.answers);
        if (confirmed) bus.changed('accounts');
        return { confirmed };
      }),
    },
  };
}

export function nameRoutes(os: Base, { names }: Services) {
  return {
    names: {
      resolve: os.names.resolve.handler(async ({ input }) => give(await names.resolve(input.name))),
      view: os.names.view.handler(async ({ input }) => give(await names.view(input.actor))),
      register: os.names.register.handler(async ({ input: { actor, name, years } }) => ({
        taskId: give(await names.register(actor, name, years)),
      })),
      renew: os.names.renew.handler(async ({ input: { actor, name, years } }) =>
        sent(await names.renew(actor, name, years)),
      ),
      goBy: os.names.goBy.handler(async ({ input }) => sent(await names.goBy(input.actor, input.name))),
      transfer: os.names.transfer.handler(async ({ input: { actor, name, to } }) =>
        sent(await names.transfer(actor, name, to)),
      ),
      point: os.names.point.handler(async ({ input: { actor, name, to } }) =>
        sent(await names.point(actor, name, to)),
      ),
    },
  };
}

export function accountRoutes(os: Base, { identities, recovery, messenger, bus, tasks }: Services) {
  const watched =
    (subject: string): Watch =>
    (work) =>
      watchTask(tasks, 'account', subject, work);
  const nameOf = (actor: string) =>
    identities.people().find(({ address }) => address === actor)?.name ?? actor;
  return {
    accounts: {
      wordList: os.accounts.wordList.handler(() => [...RECOVERY_WORDS]),
      locked: os.accounts.locked.handler(() => identities.locked()),
      inspect: os.accounts.inspect.handler(async ({ input }) => give(await recovery.inspect(input.words))),
      recover: os.accounts.recover.handler(async ({ input: { words, role, name } }) =>
        give(await recovery.recover(words, role, name)),
      ),
      exportFile: os.accounts.exportFile.handler(async ({ input: { actor, protection, history } }) => {
        const passphrase = protection.kind === 'passphrase' ? protection.passphrase : undefined;
        const bytes = give(
          await messenger.transfer.give(actor, passphrase, { history, watch: watched(nameOf(actor)) }),
        );
        const fileName = `${actor}.${passphrase === undefined ? 'open.' : ''}dimp-account.json`;
        return { fileName, file: blobOf(bytes, 'application/json') };
      }),
      inspectFile: os.accounts.inspectFile.handler(async ({ input }) =>
        give(messenger.transfer.inspect(await toBytes(input.file))),
      ),
      importFile: os.accounts.importFile.handler(async ({ input: { file, passphrase, role, name } }) => {
        const taken = give(
          await messenger.transfer.take(await toBytes(file), passphrase, role, name, watched(name)),
        );
        if (taken.added) give(await recovery.restore(taken.address));
        return taken;
      }),
      use: os.accounts.use.handler(({ input }) => {
        identities.use(input.actor);
        bus.changed('accounts');
        return {};
      }),
    },
  };
}
