// Paradigms, the council and agreements.

import type { Services } from '../composition/services.ts';
import { type Base, give, sent } from './procedures.ts';

export function paradigmRoutes(os: Base, { paradigms, council, agreements }: Services) {
  return {
    council: {
      view: os.council.view.handler(async ({ input }) => give(await council.view(input.actor, input.locale))),
      join: os.council.join.handler(async ({ input }) =>
        sent(await council.join(input.actor, input.amountMicro)),
      ),
      leave: os.council.leave.handler(async ({ input }) => sent(await council.leave(input.actor))),
      vote: os.council.vote.handler(async ({ input: { actor, id, approve, reason } }) =>
        sent(await council.vote(actor, id, approve, reason)),
      ),
      appeal: os.council.appeal.handler(async ({ input }) =>
        sent(await council.appeal(input.actor, input.id)),
      ),
      document: os.council.document.handler(async ({ input }) =>
        give(paradigms.pageOf(give(await council.documentOf(input.id)), input.locale)),
      ),
    },
    agreements: {
      list: os.agreements.list.handler(async ({ input }) =>
        give(await agreements.list(input.actor, input.locale)),
      ),
      get: os.agreements.get.handler(async ({ input }) =>
        give(await agreements.get(input.actor, input.id, input.locale)),
      ),
      begin: os.agreements.begin.handler(async ({ input: { actor, paradigmId, roles, values, locale } }) => ({
        id: give(await agreements.begin(actor, paradigmId, roles, values, locale)),
      })),
      act: os.agreements.act.handler(async ({ input: { actor, id, event, args, locale } }) => {
        give(await agreements.act(actor, id, event, args, locale));
        return {};
      }),
      foresee: os.agreements.foresee.handler(async ({ input: { actor, id, event, args, locale } }) =>
        give(await agreements.foresee(actor, id, event, args, locale)),
      ),
    },
    paradigms: {
      submit: os.paradigms.submit.handler(async ({ input }) =>
        sent(await council.submit(input.actor, input.text)),
      ),
      withdraw: os.paradigms.withdraw.handler(async ({ input }) =>
        sent(await council.withdraw(input.actor, input.id)),
      ),
      report: os.paradigms.report.handler(async ({ input }) =>
        sent(await council.report(input.actor, input.id, input.text)),
      ),
      list: os.paradigms.list.handler(async ({ input }) => give(await paradigms.list(input.locale))),
      get: os.paradigms.get.handler(async ({ input }) => give(await paradigms.get(input.id, input.locale))),
      example: os.paradigms.example.handler(async ({ input, signal }) =>
        give(await paradigms.example(input.id, input.values, input.locale, signal)),
      ),
      costs: os.paradigms.costs.handler(async ({ input }) => give(await paradigms.costs(input.id))),
      check: os.paradigms.check.handler(async ({ input, signal }) =>
        give(await paradigms.check(input.text, input.locale, signal)),
      ),
    },
  };
}
