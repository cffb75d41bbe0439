// The few words that the shell itself shows; everything else is said by the pages.

import { app } from 'electron';

const EN = {
  open: 'Open DIPNET Console',
  quit: 'Quit',
  printing: 'Printing',
  idle: 'No printer is at work',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  file: 'File',
  stopped: 'DIPNET Console had to stop',
  quitWhilePrinting: 'A printer is at work. It stops when the console quits.',
  keepPrinting: 'Keep printing',
  quitAnyway: 'Quit and stop printing',
  plainVault: 'This system has no key store',
  plainVaultDetail:
    'Your keys are hidden on this computer, but not sealed: a program that runs as you could read them. Install a key store such as GNOME Keyring or KWallet, then start the console again.',
  understood: 'Continue',
  save: 'Save',
  restartToUpdate: 'Restart to update',
  waiting: 'Messages wait',
};
export type ShellTexts = Readonly<Record<keyof typeof EN, string>>;

const ZH_HANS: ShellTexts = {
  open: '打开 DIPNET 控制台',
  quit: '退出',
  printing: '正在打印',
  idle: '没有打印机在工作',
  edit: '编辑',
  view: '查看',
  window: '窗口',
  file: '文件',
  stopped: 'DIPNET 控制台必须停止',
  quitWhilePrinting: '有打印机正在工作。退出控制台后打印会停止。',
  keepPrinting: '继续打印',
  quitAnyway: '退出并停止打印',
  plainVault: '此系统没有密钥库',
  plainVaultDetail:
    '您的密钥在这台电脑上只是被隐藏，并未密封：以您的身份运行的程序可能读取它们。请安装 GNOME Keyring 或 KWallet 等密钥库，然后重新启动控制台。',
  understood: '继续',
  save: '保存',
  restartToUpdate: '重新启动以更新',
  waiting: '有未读消息',
};

/** In the language of the system; call once the application is ready. */
export function shellTexts(): ShellTexts {
  return app.getLocale().startsWith('zh') ? ZH_HANS : EN;
}
