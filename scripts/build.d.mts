/** Hash of path, size and modification time of every file that goes into a product. */
export function hashInputs(inputs: readonly string[], root?: string): string;
