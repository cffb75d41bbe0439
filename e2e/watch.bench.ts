// Hours of watching in minutes: prints run over and over on the demo's printer while its page is open in a real Chromium.
// Every minute says how much memory the page keeps after a forced collection and how much the console's process holds;
// what grows with time is a leak. DIPNET_BENCH_MINUTES sets how long (default 5).

import { systemClock } from '../node-core/host/adapters/system.ts';
import { playStory } from '../node-core/host/cli/story.ts';
import { sampleModel } from '../node-core/host/services/demo-world.ts';
import { chromiumOrEnd, residentMb } from './bench-pages.ts';
import { launchBrowser, openPage, removeFolder, serveConsole } from './browser.ts';
import { report } from './figures.ts';
import { connectApi } from './served-api.ts';

const MINUTE_MS = 60_000;
const MINUTES = Number.parseInt(process.env['DIPNET_BENCH_MINUTES'] ?? '5', 10);
const PRINT_SPEED = 500;
/** Growth a minute between the second and the last, in which several prints run. */
const PAGE_MB_A_MINUTE_MAX = 1;

type Sample = {
  readonly prints: number;
  readonly pageMb: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly processMb: number;
};

const chromium = chromiumOrEnd();
const served = await serveConsole();
const browser = await launchBrowser(chromium);
try {
  const { page, problems } = await openPage(browser);
  await page.goto(served.url);
  await page.getByText('Print', { exact: true }).first().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  const { api } = await connectApi(page.context(), served.url);
  const [machine] = await api.machines.list();
  if (machine === undefined) throw new Error('a demo world has a printer');
  await page.evaluate((id) => {
    location.hash = `#/farm/${id}`;
  }, machine.id);
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('HeapProfiler.enable');
  await protocol.send('Performance.enable');
  let prints = 0;
  let failed: unknown;
  const model = sampleModel();
  const printOn = async (): Promise<void> => {
    for (;;) {
      await playStory(api, systemClock, { model, quantity: 1, speed: PRINT_SPEED }, ({ step, done }) => {
        if (step === 'print' && done) prints += 0.5;
      });
    }
  };
  printOn().catch((error: unknown) => {
    failed = error;
  });
  const samples: Sample[] = [];
  for (let minute = 0; minute <= MINUTES; minute++) {
    if (minute > 0) await page.waitForTimeout(MINUTE_MS);
    if (failed !== undefined) throw failed;
    await protocol.send('HeapProfiler.collectGarbage');
    const { metrics } = await protocol.send('Performance.getMetrics');
    const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
    const sample = {
      prints: Math.floor(prints),
      pageMb: metric('JSHeapUsedSize') / 2 ** 20,
      nodes: metric('Nodes'),
      listeners: metric('JSEventListeners'),
      processMb: residentMb(served.pid),
    };
    samples.push(sample);
    const { pageMb, nodes, listeners, processMb } = sample;
    console.log(
      `minute ${minute}: ${sample.prints} prints; page ${pageMb.toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners; process ${processMb.toFixed(0)} MB`,
    );
  }
  const [, first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last === first)
    throw new Error('two minutes are the least');
  report({
    what: `the page’s memory, growth a minute over ${MINUTES - 1} minutes`,
    value: (last.pageMb - first.pageMb) / (MINUTES - 1),
    unit: 'MB',
    limit: PAGE_MB_A_MINUTE_MAX,
  });
  report({
    what: 'the process’s memory, growth a minute',
    value: (last.processMb - first.processMb) / (MINUTES - 1),
    unit: 'MB',
  });
  for (const problem of problems) console.log(`in the page: ${problem}`);
} finally {
  await browser.close();
  await served.kill();
  removeFolder(served.folder);
}
process.exit();
