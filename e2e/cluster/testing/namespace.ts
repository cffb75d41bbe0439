// A network namespace on this machine, joined to it by one cable that can be pulled: how a machine is cut off from the
// others. Needs root on Linux.

import { spawnSync } from 'node:child_process';

export type Namespace = {
  /** Addresses of this side and of the side within. */
  readonly here: string;
  readonly inside: string;
  /** Put before a command, runs it inside. */
  readonly wrap: readonly string[];
  cut(): void;
  mend(): void;
  remove(): void;
};

function ip(...parameters: readonly string[]): boolean {
  return spawnSync('ip', [...parameters], { stdio: 'ignore' }).status === 0;
}

/** Undefined where it is not permitted. */
export function createNamespace(): Namespace | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const name = `dipnet${process.pid}`;
  const [near, far] = [`dn${process.pid}`, `df${process.pid}`];
  // Of the block for tests between networks (RFC 2544): no real network uses it.
  const subnet = `198.18.${process.pid % 256}`;
  const [here, inside] = [`${subnet}.1`, `${subnet}.2`];
  const remove = () => {
    ip('link', 'delete', near);
    ip('netns', 'delete', name);
  };
  const steps: readonly (readonly string[])[] = [
    ['netns', 'add', name],
    ['link', 'add', near, 'type', 'veth', 'peer', 'name', far],
    ['link', 'set', far, 'netns', name],
    ['addr', 'add', `${here}/24`, 'dev', near],
    ['link', 'set', near, 'up'],
    ['-n', name, 'addr', 'add', `${inside}/24`, 'dev', far],
    ['-n', name, 'link', 'set', far, 'up'],
    ['-n', name, 'link', 'set', 'lo', 'up'],
  ];
  if (!steps.every((step) => ip(...step))) {
    remove();
    return undefined;
  }
  return {
    here,
    inside,
    wrap: ['ip', 'netns', 'exec', name],
    cut: () => void ip('link', 'set', near, 'down'),
    mend: () => void ip('link', 'set', near, 'up'),
    remove,
  };
}
