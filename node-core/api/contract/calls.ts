// Calls between people, whose media one page holds.

import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { CallSettings, CallsView, MediaReport, SeatName, SeatSignal } from '../call-views.ts';
import { asAccount, base, done, inChat } from './parts.ts';

const inCall = asAccount.extend({ call: z.string().regex(/^[0-9a-f]{32}$/) });

export const callsContract = {
  calls: {
    /** The calls of all accounts of this console. */
    view: base.output(CallsView),
    start: base
      .input(inChat.extend({ video: z.boolean(), seat: SeatName }))
      .output(z.object({ call: z.string() })),
    accept: base.input(inCall.extend({ seat: SeatName })).output(done),
    /** Declines what rings, hangs up the rest. */
    end: base.input(inCall).output(done),
    /** From the page that has the media. */
    report: base.input(inCall.extend({ seat: SeatName, report: MediaReport })).output(done),
    /** What a page is to do with the media of calls, for as long as it listens. */
    seat: base.input(z.object({ seat: SeatName })).output(eventIterator(SeatSignal)),
    settings: base.output(CallSettings),
    saveSettings: base.input(CallSettings).output(done),
  },
};
