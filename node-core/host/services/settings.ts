// Choices of the person at this console. Unknown or damaged values fall back to the defaults one by one.

import { Settings } from '../../api/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';

const DEFAULTS: Settings = { locale: 'en', theme: 'auto', role: 'buyer', welcomed: false };

export type SettingsService = ReturnType<typeof createSettings>;

export function createSettings(database: Sqlite, bus: EventBus) {
  const read = (): Settings => {
    const rows = database.prepare('SELECT key, value FROM settings').all() as {
      key: string;
      value: string;
    }[];
    let settings = DEFAULTS;
    for (const { key, value } of rows) {
      const parsed = Settings.safeParse({ ...settings, [key]: parse(value) });
      if (parsed.success) settings = parsed.data;
    }
    return settings;
  };
  return {
    read,
    save(change: { [K in keyof Settings]?: Settings[K] | undefined }): Settings {
      const write = database.prepare(
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      );
      database.transaction(() => {
        for (const [key, value] of Object.entries(change))
          if (value !== undefined) write.run(key, JSON.stringify(value));
      })();
      bus.changed('settings');
      return read();
    },
  };
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
