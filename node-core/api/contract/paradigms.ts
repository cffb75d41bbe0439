// Contracts as documents: paradigms, the council that publishes them, and agreements under them.

import { z } from 'zod';
import { AccountText, HashText } from '../base-views.ts';
import { AgreementCard, AgreementOption, AgreementView, CouncilView } from '../council-views.ts';
import { ExampleValues, ExampleView, ParadigmCard, ParadigmCheck, ParadigmPage } from '../paradigm-views.ts';
import { OpeningCosts } from '../quote-views.ts';
import { amountMicro, asAccount, base, done, inLocale, txSent } from './parts.ts';

/** Well above the largest document that the chain takes, so that the checker can say what is wrong with a larger one. */
const PARADIGM_CHARS_MAX = 512 * 1024;

/** A step of an agreement, with what is filled in. */
const inStep = asAccount.extend({
  id: AccountText,
  event: z.string().min(1).max(32),
  args: ExampleValues,
  ...inLocale.shape,
});

export const paradigmsContract = {
  paradigms: {
    list: base.input(inLocale).output(z.array(ParadigmCard)),
    get: base.input(inLocale.extend({ id: HashText })).output(ParadigmPage),
    /** What a contract with these values costs and how it can end. */
    example: base.input(inLocale.extend({ id: HashText, values: ExampleValues })).output(ExampleView),
    /** What opening one costs beside what its parties pay each other. */
    costs: base.input(z.object({ id: HashText })).output(OpeningCosts),
    /** Reads, checks and plays a document of one's own. */
    check: base.input(inLocale.extend({ text: z.string().max(PARADIGM_CHARS_MAX) })).output(ParadigmCheck),
    /** Pays the review fee and puts a document of the actor's own to the council. */
    submit: base.input(asAccount.extend({ text: z.string().max(PARADIGM_CHARS_MAX) })).output(txSent),
    /** No new contracts; running ones go on. */
    withdraw: base.input(asAccount.extend({ id: HashText })).output(txSent),
    report: base.input(asAccount.extend({ id: HashText, text: z.string().min(1).max(4000) })).output(txSent),
  },
  council: {
    view: base.input(asAccount.extend(inLocale.shape)).output(CouncilView),
    join: base.input(asAccount.extend({ amountMicro: amountMicro.min(1n) })).output(txSent),
    leave: base.input(asAccount).output(txSent),
    vote: base
      .input(
        asAccount.extend({
          id: AccountText,
          approve: z.boolean(),
          reason: z.string().trim().min(1).max(1000),
        }),
      )
      .output(txSent),
    appeal: base.input(asAccount.extend({ id: AccountText })).output(txSent),
    /** As one would see it if it were published. */
    document: base.input(inLocale.extend({ id: AccountText })).output(ParadigmPage),
  },
  agreements: {
    list: base.input(asAccount.extend(inLocale.shape)).output(z.array(AgreementCard)),
    get: base.input(asAccount.extend({ id: AccountText, ...inLocale.shape })).output(AgreementView),
    begin: base
      .input(
        asAccount.extend({
          paradigmId: HashText,
          /** Accounts by role, as texts. */
          roles: z.record(z.string().max(32), z.string().max(100)),
          values: ExampleValues,
          ...inLocale.shape,
        }),
      )
      .output(z.object({ id: AccountText })),
    act: base.input(inStep).output(done),
    /** What that step would do now. */
    foresee: base.input(inStep).output(AgreementOption.pick({ outlook: true })),
  },
};
