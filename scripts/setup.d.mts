export const ROOT: string;
/** Negative, 0 or positive, by the numbers between the dots. */
export function compareVersions(a: string, b: string): number;
/** Words for failures of npm that trying again does not cure; undefined for all others. */
export function npmTrouble(output: string): string | undefined;
