// `npm start`: sets up and builds what is missing, then opens the console with its demo world, in Electron where that is
// possible, otherwise in a browser through the web host on 127.0.0.1. Ctrl-C stops everything it started.
// Further arguments go to `dipnet serve`.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { electronObstacle, findElectron, prepareSqliteForElectron } from './electron.mjs';
import { ROOT, runMain, say, setUp } from './setup.mjs';

/** In a process group of its own, so that Ctrl-C reaches it once, through us. Windows would open a console for that. */
const SPAWN = { cwd: ROOT, detached: process.platform !== 'win32' };
const URL_WITH_TOKEN = /http:\/\/[\w.[\]:]+\/\S*#token=\S+/;

await runMain(async () => {
  setUp();
  const obstacle = electronObstacle();
  if (obstacle === undefined) {
    await build(['electron', 'renderer']);
    if (prepareSqliteForElectron()) return startElectron();
    say('SQLite could not be prepared for Electron; opening the console in a browser instead.');
  } else {
    await build(['host', 'renderer']);
    say(`Opening the console in a browser: ${obstacle}.`);
  }
  startWebHost();
});

function startElectron() {
  const env = { ...process.env };
  // Set by some editors' terminals; it would turn Electron into plain Node.
  delete env.ELECTRON_RUN_AS_NODE;
  follow(spawn(findElectron(), [ROOT], { ...SPAWN, stdio: ['ignore', 'inherit', 'inherit'], env }));
}

function startWebHost() {
  const host = join(ROOT, 'dist', 'host', 'dipnet.js');
  const args = ['--enable-source-maps', host, 'serve', '--demo', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { ...SPAWN, stdio: ['ignore', 'pipe', 'inherit'] });
  let head = '';
  let opened = false;
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    if (opened) return;
    head = (head + chunk.toString('utf8')).slice(-4096);
    const url = URL_WITH_TOKEN.exec(head)?.[0];
    if (url === undefined || !/\s/.test(head.slice(head.indexOf(url) + url.length))) return;
    opened = true;
    openBrowser(url);
  });
  follow(child);
}

/** Ends as the child ends, and passes on requests to stop: first politely, the third time at once. */
function follow(child) {
  let asked = 0;
  const stop = (signal) => {
    asked++;
    if (asked > 2) child.kill('SIGKILL');
    else if (process.platform !== 'win32' || signal !== 'SIGINT')
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  child.on('error', (error) => {
    say(`The console could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    const stopped = signal !== null && asked > 0;
    process.exitCode = code ?? (stopped ? 0 : 1);
    for (const name of signals) process.removeListener(name, stop);
  });
}

/** Shows the page where there is a browser to show it in; silent where not, since the address is printed anyway. */
function openBrowser(url) {
  const openers = {
    darwin: ['open', [url]],
    win32: ['cmd', ['/c', 'start', '""', url.replaceAll('&', '^&')]],
  };
  const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (process.env.CI || process.env.DIPNET_NO_OPEN === '1') return;
  if (!(process.platform in openers) && !hasDisplay) return;
  const [command, args] = openers[process.platform] ?? ['xdg-open', [url]];
  const opener = spawn(command, args, { stdio: 'ignore', detached: true, windowsVerbatimArguments: true });
  opener.on('error', () => {});
  opener.unref();
}
