export type Licences = {
  readonly text: string;
  readonly packages: readonly { readonly name: string; readonly version: string; readonly licence: string }[];
};
export function licences(root?: string): Licences;
