// One model on one machine: its quote, the order, and the evidence of it.

import { z } from 'zod';
import { SliceSettings } from '../../records/index.ts';
import { AccountText, HashText } from '../base-views.ts';
import { EvidenceReport, OrderCard, OrderView, ReleaseView } from '../order-views.ts';
import { OpeningCosts, QuoteView } from '../quote-views.ts';
import { asAccount, base, binary, done, taskStarted } from './parts.ts';

export const tradeContract = {
  quotes: {
    request: base
      .input(
        z.object({
          actor: AccountText,
          modelId: HashText,
          machineId: AccountText,
          quantity: z.int().min(1).max(1000),
          material: z.string(),
          colour: z.string(),
          settings: SliceSettings,
        }),
      )
      .output(taskStarted),
    get: base.input(z.object({ id: HashText })).output(QuoteView),
  },
  orders: {
    list: base
      .input(asAccount.extend({ locale: z.enum(['en', 'zh-Hans']).optional() }))
      .output(z.array(OrderCard)),
    get: base
      .input(asAccount.extend({ id: AccountText, locale: z.enum(['en', 'zh-Hans']) }))
      .output(OrderView),
    /** What placing an order takes beside its price. */
    costs: base.input(z.object({ quoteId: HashText })).output(OpeningCosts),
    place: base.input(asAccount.extend({ quoteId: HashText })).output(z.object({ orderId: AccountText })),
    /** Sends one of the order's actions as the acting account. */
    act: base
      .input(
        asAccount.extend({
          id: AccountText,
          event: z.string().max(32),
          args: z.record(z.string(), z.string().max(500)),
        }),
      )
      .output(done),
    /** What this console released of the print file to a machine elsewhere; null where it releases nothing. */
    release: base.input(z.object({ id: AccountText })).output(z.union([z.null(), ReleaseView])),
    /** Stops the release at once, or allows it again; for the designer. */
    stopRelease: base.input(asAccount.extend({ id: AccountText, stopped: z.boolean() })).output(done),
    /** What the machine signed to this console while it released the print file, to be shown beside the evidence. */
    exportRelease: base
      .input(z.object({ id: AccountText }))
      .output(z.object({ fileName: z.string(), file: binary })),
    exportEvidence: base
      .input(z.object({ id: AccountText }))
      .output(z.object({ fileName: z.string(), file: binary })),
    verifyEvidence: base.input(z.object({ file: binary })).output(EvidenceReport),
  },
};
