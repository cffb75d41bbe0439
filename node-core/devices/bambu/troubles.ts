// The trouble codes of these printers in words. `print_error` is one number, an entry of `hms` two; both are shown as the
// maker writes them, so that a person can look them up.

/** Somebody ended the print at the printer or with another program. */
export const CANCELLED = 0x0300_400c;

const WORDS: ReadonlyMap<number, string> = new Map([
  [0x0300_8000, 'the print was paused for a reason it does not name'],
  [0x0300_8001, 'somebody paused the print'],
  [0x0300_8003, 'its camera sees a print that has come loose'],
  [0x0300_8004, 'the filament has run out'],
  [0x0300_8005, 'the front cover of the tool head has fallen off'],
  [0x0300_8008, 'the temperature of the nozzle is out of order'],
  [0x0300_8009, 'the temperature of the bed is out of order'],
  [CANCELLED, 'somebody ended the print'],
  [0x0500_4003, 'it could not read the print file'],
  [0x0700_8011, 'the filament of the changer has run out'],
]);

const MODULES: ReadonlyMap<number, string> = new Map([
  [0x03, 'motion and heating'],
  [0x05, 'the main board'],
  [0x07, 'the filament changer'],
  [0x08, 'the tool head'],
  [0x0c, 'the camera'],
]);

export type Trouble = { readonly attr: number; readonly code: number };

/** 1 stops the machine, 2 is serious, 3 common, 4 a note. */
export function severityOf({ code }: Trouble): number {
  return code >>> 16;
}

export function printErrorWords(error: number): string {
  return `${WORDS.get(error) ?? 'it stopped the print'} (${grouped([error])})`;
}

export function troubleWords(trouble: Trouble): string {
  const { attr, code } = trouble;
  const where = MODULES.get(attr >>> 24) ?? 'the printer';
  const known = WORDS.get(((attr & 0xffff_0000) | (code & 0xffff)) >>> 0);
  return `${known ?? `trouble with ${where}`} (${grouped([attr, code])})`;
}

/** `0300-8004`: four digits each. */
function grouped(numbers: readonly number[]): string {
  return numbers
    .map((number) => (number >>> 0).toString(16).toUpperCase().padStart(8, '0'))
    .map((hex) => `${hex.slice(0, 4)}-${hex.slice(4)}`)
    .join('-');
}
