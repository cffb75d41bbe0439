// Questions that the operating system asks for us. Only fixed texts are shown, never what a page or another person wrote.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, dialog } from 'electron';
import type { ShellTexts } from './texts.ts';

/** Asks where to save, and saves; false where the person changed their mind. */
export async function saveFile(
  window: BrowserWindow,
  file: { readonly fileName: string; readonly data: Uint8Array },
): Promise<boolean> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    defaultPath: join(app.getPath('downloads'), file.fileName),
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  if (canceled || filePath === '') return false;
  await writeFile(filePath, file.data);
  return true;
}

/** True where the person wants to quit though a printer is at work. */
export async function confirmQuit(texts: ShellTexts): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: texts.quitWhilePrinting,
    buttons: [texts.keepPrinting, texts.quitAnyway],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}

export async function tellPlainVault(texts: ShellTexts): Promise<void> {
  await dialog.showMessageBox({
    type: 'warning',
    message: texts.plainVault,
    detail: texts.plainVaultDetail,
    buttons: [texts.understood],
    noLink: true,
  });
}
