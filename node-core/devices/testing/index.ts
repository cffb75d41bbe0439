// Simulated peers of the drivers, for tests and for the demo of a network printer.

export { FedPrinter } from './fed-printer.ts';
export { SimBambu, type SimBambuOptions } from './sim-bambu.ts';
export { SimGrbl, type SimGrblOptions } from './sim-grbl.ts';
export { SimMoonraker, type SimMoonrakerOptions } from './sim-moonraker.ts';
export type { SimPrintHost, SimRequest, SimResponse, SimServer } from './sim-network.ts';
export { SimOctoPrint, type SimOctoPrintOptions } from './sim-octoprint.ts';
export { SimPrusaLink, type SimPrusaLinkOptions } from './sim-prusalink.ts';
