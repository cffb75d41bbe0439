// Independent interpreter for tests: what a list of commands leaves behind, read with regular expressions and nothing of
// the product's own reading. Deliberately small: the commands of the sample job and those that a host sends of its own.

export type EndState = {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly extrudedMm: number;
  readonly nozzleTargetC: number;
  readonly bedTargetC: number;
  readonly fan: number;
};

/** `<reset>` and `<halt>` stand for what befell the board. */
export function interpret(commands: readonly string[]): EndState {
  const at = { x: 0, y: 0, z: 0, e: 0, extruded: 0, nozzle: 0, bed: 0, fan: 0 };
  let relative = false;
  let relativeE = false;
  for (const command of commands) {
    const [code = ''] = command.split(' ');
    const word = (letter: string): number | undefined => {
      const found = new RegExp(` ${letter}(-?[0-9.]+)`).exec(command);
      return found === null ? undefined : Number(found[1]);
    };
    if (code === 'G0' || code === 'G1') {
      for (const axis of ['x', 'y', 'z'] as const) {
        const value = word(axis.toUpperCase());
        if (value !== undefined) at[axis] = relative ? at[axis] + value : value;
      }
      const e = word('E');
      if (e !== undefined) {
        at.extruded += relativeE ? e : e - at.e;
        at.e = relativeE ? at.e + e : e;
      }
    } else if (code === 'G28') {
      const some = / [XYZ]/.test(command);
      for (const axis of ['x', 'y', 'z'] as const)
        if (!some || command.includes(` ${axis.toUpperCase()}`)) at[axis] = 0;
    } else if (code === 'G92') {
      for (const axis of ['x', 'y', 'z', 'e'] as const) at[axis] = word(axis.toUpperCase()) ?? at[axis];
    } else if (code === 'G90' || code === 'G91') {
      relative = code === 'G91';
      relativeE = relative;
    } else if (code === 'M82' || code === 'M83') relativeE = code === 'M83';
    else if (code === 'M104' || code === 'M109') at.nozzle = word('S') ?? at.nozzle;
    else if (code === 'M140' || code === 'M190') at.bed = word('S') ?? at.bed;
    else if (code === 'M106') at.fan = word('S') ?? 255;
    else if (code === 'M107') at.fan = 0;
    else if (code === '<reset>' || code === '<halt>') {
      at.nozzle = 0;
      at.bed = 0;
      at.fan = 0;
      relative = false;
      relativeE = false;
    }
  }
  const { x, y, z, extruded, nozzle, bed, fan } = at;
  return { x, y, z, extrudedMm: extruded, nozzleTargetC: nozzle, bedTargetC: bed, fan };
}
