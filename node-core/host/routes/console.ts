// The console itself: status, settings, tasks and events.

import type { Services } from '../composition/services.ts';
import { type Base, give } from './procedures.ts';

export function systemRoutes(os: Base, { system, settings, about, startOver, bus, tasks }: Services) {
  return {
    system: {
      status: os.system.status.handler(() => system.status()),
      events: os.system.events.handler(async function* ({ signal }) {
        const events = bus.stream(signal);
        yield { type: 'status', status: system.status() } as const;
        yield* events;
      }),
      settings: os.system.settings.handler(() => settings.read()),
      licences: os.system.licences.handler(() => give(about.licences())),
      about: os.system.about.handler(() => about.view()),
      startOver: os.system.startOver.handler(async () => {
        give(await startOver.run());
        return {};
      }),
      saveSettings: os.system.saveSettings.handler(({ input }) => settings.save(input)),
    },
    tasks: {
      list: os.tasks.list.handler(() => tasks.list()),
      cancel: os.tasks.cancel.handler(({ input }) => {
        give(tasks.cancel(input.id));
        return {};
      }),
    },
  };
}
