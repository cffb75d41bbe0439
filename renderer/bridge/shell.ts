// What the desktop shell does for the pages, and what a browser does in its place. A page asks here and does not care
// which of the two it runs in.

import { useEffect, useState } from 'react';
import type { RequestInput, ShellInfo, UpdateState } from '../../electron/ipc/channels.ts';

/** What the desktop shell's preload script offers this page. */
export type ShellBridge = {
  /** Asks for a new port; it arrives as a window message `dipnet:port`. */
  connect(): void | Promise<void>;
  info(): Promise<ShellInfo>;
  saveFile(fileName: string, data: Uint8Array): Promise<{ readonly saved: boolean }>;
  openLink(url: string): Promise<{ readonly opened: boolean }>;
  openFolder(): Promise<{ readonly opened: boolean }>;
  showNotice(notice: RequestInput<'notice.show'>): Promise<{ readonly shown: boolean }>;
  closeNotice(tag: string): Promise<void>;
  setBadge(count: number): Promise<{ readonly shown: boolean }>;
  installUpdate(): Promise<{ readonly installing: boolean }>;
  onUpdate(callback: (state: UpdateState) => void): () => void;
};

declare global {
  interface Window {
    readonly dipnet?: ShellBridge;
  }
}

export function isDesktop(): boolean {
  return window.dipnet !== undefined;
}

export type Shell = {
  /** Undefined in a browser, and until the shell has answered. */
  readonly info: ShellInfo | undefined;
  readonly update: UpdateState | undefined;
};

/** What the shell says of itself, with its news of updates. */
export function useShell(): Shell {
  const [info, setInfo] = useState<ShellInfo | undefined>(undefined);
  const [update, setUpdate] = useState<UpdateState | undefined>(undefined);
  useEffect(() => {
    const shell = window.dipnet;
    if (shell === undefined) return undefined;
    let open = true;
    shell.info().then(
      (told) => {
        if (open) setInfo(told);
      },
      () => undefined,
    );
    const stop = shell.onUpdate(setUpdate);
    return () => {
      open = false;
      stop();
    };
  }, []);
  return { info, update: update ?? info?.update };
}

/** True where the folder was shown; only the desktop shell can. */
export async function openDataFolder(): Promise<boolean> {
  return (await window.dipnet?.openFolder())?.opened === true;
}

/** False where a printer is at work: the update waits. */
export async function installUpdate(): Promise<boolean> {
  return (await window.dipnet?.installUpdate())?.installing === true;
}

/** Opens a web address in the person's own browser; the shell opens those of its own list alone. */
export function openOutside(url: string): void {
  if (window.dipnet === undefined) window.open(url, '_blank', 'noopener,noreferrer');
  else void window.dipnet.openLink(url).catch(() => undefined);
}

/** How long the address of a download stays valid; browsers read it right after the click. */
const RELEASE_MS = 30_000;

/** Saves a file that the core made: asks where in the desktop shell, downloads in a browser. False where not saved. */
export async function saveFile(file: Blob, fileName: string): Promise<boolean> {
  if (window.dipnet !== undefined) {
    return (await window.dipnet.saveFile(fileName, new Uint8Array(await file.arrayBuffer()))).saved;
  }
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);
  return true;
}
