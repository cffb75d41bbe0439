// The API's contract, implemented: each procedure hands over to one service (`routes/`, one file to an area).

import type { Services } from './composition/services.ts';
import { accountRoutes, nameRoutes, walletRoutes } from './routes/accounts.ts';
import { callRoutes } from './routes/calls.ts';
import { cameraRoutes } from './routes/cameras.ts';
import { systemRoutes } from './routes/console.ts';
import { modelRoutes } from './routes/designs.ts';
import { fileRoutes, jobRoutes } from './routes/jobs.ts';
import { machineRoutes } from './routes/machines.ts';
import { messageRoutes } from './routes/messages.ts';
import { networkRoutes, providerRoutes } from './routes/network.ts';
import { paradigmRoutes } from './routes/paradigms.ts';
import { withFaults } from './routes/procedures.ts';
import { productRoutes } from './routes/products.ts';
import { tradeRoutes } from './routes/trade.ts';

export function createRouter(services: Services) {
  const os = withFaults(services);
  return os.router({
    ...systemRoutes(os, services),
    ...networkRoutes(os, services),
    ...modelRoutes(os, services),
    ...machineRoutes(os, services),
    ...fileRoutes(os, services),
    ...jobRoutes(os, services),
    ...cameraRoutes(os, services),
    ...tradeRoutes(os, services),
    ...productRoutes(os, services),
    ...walletRoutes(os, services),
    ...nameRoutes(os, services),
    ...providerRoutes(os, services),
    ...accountRoutes(os, services),
    ...messageRoutes(os, services),
    ...callRoutes(os, services),
    ...paradigmRoutes(os, services),
  });
}
