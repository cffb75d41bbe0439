// The application menu: what the keyboard and the screen reader expect to find, and nothing that could leave the console.

import type { MenuItemConstructorOptions } from 'electron';
import { app, Menu } from 'electron';
import type { ShellTexts } from './texts.ts';

export function setupMenu(texts: ShellTexts): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  if (!app.isPackaged) view.push({ role: 'toggleDevTools' });
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin'
      ? [{ role: 'appMenu' } as const]
      : [{ label: texts.file, submenu: [{ role: 'quit', label: texts.quit } as const] }]),
    { role: 'editMenu', label: texts.edit },
    { label: texts.view, submenu: view },
    { role: 'windowMenu', label: texts.window },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
