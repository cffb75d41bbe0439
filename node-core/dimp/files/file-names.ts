// Names of files that strangers send: made harmless before they are shown or used, and judged by what a computer would do
// with them. A name says nothing about what is inside.

import { utf8ToBytes } from '../../base/index.ts';
import { FILE_NAME_CHARS_MAX } from './limits.ts';

/** What a file is for a chat. */
export type FileKind = 'image' | 'audio' | 'video' | 'model' | 'file';

/** Extensions, in lower case, of what is started rather than shown when somebody opens it, on any of the systems. */
const STARTED = new Set(
  (
    'ade adp app appimage application apk appref-ms bash bat cab chm cmd com command cpl csh deb desktop diagcab dll dmg ' +
    'dylib elf exe fish gadget hta htm html img inf ins iso isp jar jnlp js jse ksh library-ms lnk mad maf mht mhtml ' +
    'msc msh msi msix msp mst ocx osx out pif pkg pl ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw pyz rb reg rpm run scf scpt ' +
    'scr search-ms settingcontent-ms sh shb shs slk so svg svgz swf sys theme url vb vbe vbs vhd vhdx vxd webloc ws wsc ' +
    'wsf wsh xbap xht xhtml xll xml xsl zsh docm dotm xlsm xltm xlam pptm potm ppsm sldm one'
  ).split(' '),
);
const KINDS: Readonly<Record<Exclude<FileKind, 'file'>, readonly string[]>> = {
  image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'bmp', 'avif', 'heic'],
  audio: ['mp3', 'm4a', 'aac', 'ogg', 'oga', 'opus', 'wav', 'flac', 'amr'],
  video: ['mp4', 'm4v', 'mov', 'webm', 'mkv', 'avi', 'ogv'],
  model: ['stl', '3mf', 'obj', 'step', 'stp'],
};
/** Names that Windows keeps for devices, with any extension. */
const DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// Controls; marks that turn the direction of text or show nothing, by which `fdp.exe` looks like `exe.pdf`; and what some
// file system refuses or takes for a folder.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}<>:"/\\|?*]/gu;
const EXTENSION = /\.([^.\s]{1,24})$/;
const NAME_BYTES_MAX = 240;

/** The last part of a name, with nothing in it that deceives or that a file system would not take. */
export function cleanFileName(name: string): string {
  const clean = cleanOnce(name);
  // What was cut has another end, and may have another extension: that is looked at too, and gets only shorter.
  return clean === name ? name : cleanFileName(clean);
}

function cleanOnce(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(HARMFUL, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const safe = DEVICES.test(plain) ? `_${plain}` : plain;
  return shorten(safe) || 'file';
}

/** Short enough for every file system, its extension kept. */
function shorten(name: string): string {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  let kept = '';
  let bytes = utf8ToBytes(extension).length;
  let count = [...extension].length;
  for (const letter of name.slice(0, name.length - extension.length)) {
    bytes += utf8ToBytes(letter).length;
    count += 1;
    if (bytes > NAME_BYTES_MAX || count > FILE_NAME_CHARS_MAX) break;
    kept += letter;
  }
  // Some file systems drop points at the end: `x.exe.` would be another file than its name says.
  return `${kept.replace(/[.\s]+$/, '')}${extension}`;
}

/** The extension in lower case, without its dot; empty where there is none. */
export function fileExtension(name: string): string {
  return EXTENSION.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** The extension by which opening the file would start something; undefined for others. */
export function dangerousExtension(name: string): string | undefined {
  const extension = fileExtension(name);
  return STARTED.has(extension) ? extension : undefined;
}

export function fileKind(name: string): FileKind {
  const extension = fileExtension(name);
  for (const kind of ['image', 'audio', 'video', 'model'] as const)
    if (KINDS[kind].includes(extension)) return kind;
  return 'file';
}
