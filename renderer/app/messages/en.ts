// English, all areas in one chunk.

import { mergeMessages } from './merge.ts';

export const messages = mergeMessages([
  import.meta.glob<Record<string, string>>('./en.json', { eager: true, import: 'default' }),
  import.meta.glob<Record<string, string>>('../../features/*/messages.en.json', {
    eager: true,
    import: 'default',
  }),
  import.meta.glob<Record<string, string>>('../../scene/messages.en.json', {
    eager: true,
    import: 'default',
  }),
]);
