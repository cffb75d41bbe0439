// Whether what somebody asks of a machine counts: the owner's rights, the time, the print that is meant. Pure; who
// asked is proven by the caller, and that nothing counts twice is for its store.

import type { Result } from '../base/index.ts';
import { defineFaults, ok, refuse } from '../base/index.ts';

export const talkFault = defineFaults('talk', {
  'talk.right': {
    message: 'You may not ask this of the machine.',
    next: 'Ask the owner of the machine for the right to do it.',
  },
  'talk.late': {
    message: 'What you asked for came too late and was not done.',
    next: 'Look at the machine again, then ask once more.',
  },
  'talk.far': {
    message: 'What was asked for would have counted for longer than ten minutes.',
    next: 'Ask again, and let it be out of date sooner; check the clock of the device that asks.',
  },
  'talk.again': {
    message: 'The same thing was asked before; it is done once at most.',
    next: 'Ask anew if you want it done again.',
  },
  'talk.act': {
    message: 'The machine does not know what "{act}" is, or does not do it for anybody by message.',
    next: 'Ask for its status, or to pause, resume or cancel a print, or for a picture. Prints are started at the machine.',
  },
  'talk.job': {
    message: 'The machine is not making the print that you meant any more.',
    next: 'Look at its status first, then say what is to be done with the print that it makes now.',
  },
  'talk.not-paused': {
    message: 'There is no paused print to go on with.',
    next: 'Look at the status of the machine. A print is started by its owner only.',
  },
  'talk.busy': {
    message: 'The machine was asked too much in a short time.',
    next: 'Wait a moment, then ask again.',
  },
  'talk.no-picture': {
    message: 'The machine has no picture to show now.',
    next: 'Ask its owner whether the camera is switched on.',
  },
  'talk.silent': {
    message: 'The machine does not answer.',
    next: 'The console that drives it may be switched off. Nothing that was asked now is done later.',
  },
  'talk.not-a-machine': {
    message: 'This contact is not a machine.',
    next: 'Choose a machine among your contacts.',
  },
});

export const MACHINE_RIGHTS = ['status', 'pause', 'resume', 'cancel', 'picture'] as const;
export type MachineRight = (typeof MACHINE_RIGHTS)[number];

/** Longest time for which something asked may count. */
export const MACHINE_ASK_MS_MAX = 600_000;

export type AskedOfMachine = {
  readonly act: string;
  readonly expiresMs: number;
  /** Hash of the print that is meant, in hexadecimal. */
  readonly job: string | undefined;
};

export type MachineNow = {
  readonly nowMs: number;
  /** What whoever asks may ask. */
  readonly rights: readonly MachineRight[];
  /** The print under way. */
  readonly job: { readonly hash: string; readonly paused: boolean } | undefined;
};

/** What is to be done; it changes nothing yet. */
export function judgeAsk(asked: AskedOfMachine, now: MachineNow): Result<MachineRight> {
  const act = MACHINE_RIGHTS.find((right) => right === asked.act);
  // Strangers learn nothing of what there is.
  if (now.rights.length === 0) return refuse(talkFault('talk.right'));
  if (act === undefined) return refuse(talkFault('talk.act', { act: asked.act.slice(0, 32) }));
  if (!now.rights.includes(act)) return refuse(talkFault('talk.right'));
  if (now.nowMs > asked.expiresMs) return refuse(talkFault('talk.late'));
  if (asked.expiresMs - now.nowMs > MACHINE_ASK_MS_MAX) return refuse(talkFault('talk.far'));
  if (act === 'status' || act === 'picture') return ok(act);
  if (now.job === undefined || now.job.hash !== asked.job) return refuse(talkFault('talk.job'));
  if (act === 'resume' && !now.job.paused) return refuse(talkFault('talk.not-paused'));
  return ok(act);
}
