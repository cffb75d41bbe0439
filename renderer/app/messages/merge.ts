// One dictionary from the message files of all areas.

export type Messages = Readonly<Record<string, string>>;

export function mergeMessages(areas: readonly Readonly<Record<string, Messages>>[]): Messages {
  return Object.assign({}, ...areas.flatMap((area) => Object.values(area)));
}

/** `fault.<code>.message` and `fault.<code>.next` from the file of faults. */
export function faultMessages(
  faults: Readonly<Record<string, { readonly message: string; readonly next: string }>>,
): Messages {
  return Object.fromEntries(
    Object.entries(faults).flatMap(([code, { message, next }]) => [
      [`fault.${code}.message`, message],
      [`fault.${code}.next`, next],
    ]),
  );
}
