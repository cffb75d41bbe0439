// Saving a file that the core made, by the browser's own download.

/** How long the address of a download stays valid; browsers read it right after the click. */
const RELEASE_MS = 30_000;

export function saveFile(file: Blob, fileName: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);
}
