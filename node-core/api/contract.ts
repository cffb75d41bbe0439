// The one door of the core: commands, queries and event streams with their schemas, one file to an area. The same
// contract runs over a MessagePort in Electron and over a WebSocket elsewhere. Refusals arrive as the typed error FAULT.

import { accountsContract } from './contract/accounts.ts';
import { callsContract } from './contract/calls.ts';
import { camerasContract } from './contract/cameras.ts';
import { consoleContract } from './contract/console.ts';
import { designsContract } from './contract/designs.ts';
import { jobsContract } from './contract/jobs.ts';
import { machinesContract } from './contract/machines.ts';
import { messagesContract } from './contract/messages.ts';
import { networkContract } from './contract/network.ts';
import { paradigmsContract } from './contract/paradigms.ts';
import { productsContract } from './contract/products.ts';
import { tradeContract } from './contract/trade.ts';

export const contract = {
  ...consoleContract,
  ...designsContract,
  ...machinesContract,
  ...camerasContract,
  ...tradeContract,
  ...productsContract,
  ...jobsContract,
  ...accountsContract,
  ...networkContract,
  ...paradigmsContract,
  ...messagesContract,
  ...callsContract,
};

export type ConsoleContract = typeof contract;
