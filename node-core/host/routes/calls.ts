// Calls and their media.

import type { Services } from '../composition/services.ts';
import { type Base, give } from './procedures.ts';

export function callRoutes(os: Base, { messenger: { calls } }: Services) {
  return {
    calls: {
      view: os.calls.view.handler(() => calls.view()),
      start: os.calls.start.handler(({ input: { actor, chat, video, seat } }) =>
        give(calls.start(actor, chat, video, seat)),
      ),
      accept: os.calls.accept.handler(({ input: { actor, call, seat } }) => {
        give(calls.accept(actor, call, seat));
        return {};
      }),
      end: os.calls.end.handler(({ input: { actor, call } }) => {
        calls.end(actor, call);
        return {};
      }),
      report: os.calls.report.handler(({ input: { actor, call, seat, report } }) => {
        give(calls.report(actor, call, seat, report));
        return {};
      }),
      seat: os.calls.seat.handler(({ input, signal }) => calls.seat(input.seat, signal)),
      settings: os.calls.settings.handler(() => calls.settings()),
      saveSettings: os.calls.saveSettings.handler(({ input }) => {
        calls.saveSettings(input);
        return {};
      }),
    },
  };
}
