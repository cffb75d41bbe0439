// The tray icon: shows that a printer is at work while the window is closed, and brings the window back.

import { app, Menu, Tray } from 'electron';
import type { ShellTexts } from './texts.ts';

export type ShellTray = { setPrinting(printing: boolean): void };

/** `open` shows the window. Keep the result: a tray that nobody holds disappears. */
export function setupTray(icon: string, texts: ShellTexts, open: () => void): ShellTray {
  const tray = new Tray(icon);
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: texts.open, click: open },
      { type: 'separator' },
      { label: texts.quit, click: () => app.quit() },
    ]),
  );
  tray.on('click', open);
  const setPrinting = (printing: boolean) => {
    tray.setToolTip(`DIPNET Console · ${printing ? texts.printing : texts.idle}`);
  };
  setPrinting(false);
  return { setPrinting };
}
