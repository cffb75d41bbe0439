// The console itself: its status, settings and tasks, and the stream of what changes.

import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { AboutView, ConsoleEvent, LicencesView, Settings, StatusView, TaskView } from '../console-views.ts';
import { base, byId, done } from './parts.ts';

export const consoleContract = {
  system: {
    status: base.output(StatusView),
    /** Everything that changes, from now on; begins with a status. */
    events: base.output(eventIterator(ConsoleEvent)),
    settings: base.output(Settings),
    about: base.output(AboutView),
    licences: base.output(LicencesView),
    /** Throws a demo world away and makes a fresh one; the console closes and opens again. */
    startOver: base.input(z.object({ understood: z.literal(true) })).output(done),
    saveSettings: base.input(Settings.partial()).output(Settings),
  },
  tasks: {
    list: base.output(z.array(TaskView)),
    cancel: base.input(byId).output(done),
  },
};
