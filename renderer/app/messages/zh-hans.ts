// Simplified Chinese, all areas and all faults in one chunk, with its font.

import '@fontsource-variable/noto-sans-sc/wght.css';
import faults from './faults.zh-Hans.json';
import { faultMessages, mergeMessages } from './merge.ts';

export const messages = {
  ...faultMessages(faults),
  ...mergeMessages([
    import.meta.glob<Record<string, string>>('./zh-Hans.json', { eager: true, import: 'default' }),
    import.meta.glob<Record<string, string>>('../../features/*/messages.zh-Hans.json', {
      eager: true,
      import: 'default',
    }),
    import.meta.glob<Record<string, string>>('../../scene/messages.zh-Hans.json', {
      eager: true,
      import: 'default',
    }),
  ]),
};
