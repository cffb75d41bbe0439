// What this console is and where it keeps its things, for the settings page.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AboutView } from '../../api/index.ts';
import { LicencesView } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import { readLicences } from '../adapters/assets.ts';
import type { DataDir } from '../adapters/data-dir.ts';

const aboutFault = defineFaults('about', {
  'about.licences.missing': {
    message: 'The list of licences was not built with this console.',
    next: 'Run "npm run build" in its folder; package-lock.json there names every package too.',
  },
});

export type About = { view(): Promise<AboutView>; licences(): Result<LicencesView> };

export function createAbout(data: DataDir, keys: AboutView['keys'], demoWorld: boolean): About {
  return {
    licences() {
      const text = readLicences();
      return text === undefined
        ? refuse(aboutFault('about.licences.missing'))
        : ok(LicencesView.parse(JSON.parse(text)));
    },
    view: async () => ({ folder: data.path, sizeBytes: await sizeOf(data.path), keys, demoWorld }),
  };
}

/** Of all files below; one that goes away meanwhile counts nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let sizeBytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    sizeBytes += found?.size ?? 0;
  }
  return sizeBytes;
}
