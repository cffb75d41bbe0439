// What a party may do now, as the contract itself says, with what it will ask for and move.

import type { z } from 'zod';
import type { OrderAction, Role } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { ok, parseDecimalToMicro, refuse } from '../../base/index.ts';
import type { WireValue } from '../../chain/messages.ts';
import type { Address } from '../../identity/index.ts';
import type { LegalEvent, Locale, LocalText } from '../../paradigm/index.ts';
import { applyEvent, legalEvents, rolesOf } from '../../paradigm/index.ts';
import { orderFault } from './order-faults.ts';
import type { OpenOrder } from './orders.ts';

type Action = z.infer<typeof OrderAction>;

const PEOPLE: readonly Role[] = ['designer', 'owner', 'buyer'];
/** Events after which there is no way back, or that end the order badly. */
const DANGEROUS = new Set(['cancel', 'decline', 'fail', 'confirm', 'agree', 'dispute']);

export function actionsFor(order: OpenOrder, actor: Address | undefined, locale: Locale): Action[] {
  if (actor === undefined) return [];
  const roles = rolesOf(order.instance, actor);
  return PEOPLE.filter((role) => roles.includes(role)).flatMap((role) =>
    legalEvents(order.paradigm, order.instance, role).map((event) =>
      action(order, event, role, actor, locale),
    ),
  );
}

function action(order: OpenOrder, event: LegalEvent, role: Role, actor: Address, locale: Locale): Action {
  const local = (text: LocalText) => text[locale] ?? text.en;
  const amountMicro = movedBy(order, event, actor);
  return {
    event: event.event,
    role,
    label: local(event.label),
    explanation: local(event.explain),
    ...(amountMicro === undefined ? {} : { amountMicro }),
    args: Object.entries(event.args).map(([name, field]) => ({
      name,
      label: local(field.label),
      required: !('default' in field),
    })),
    danger: DANGEROUS.has(event.event),
  };
}

/** Money that the event would move, asked of the contract itself; undefined where it moves none or needs arguments. */
function movedBy(order: OpenOrder, event: LegalEvent, caller: Address): bigint | undefined {
  const timeS = order.contract.updatedS;
  const outcome = applyEvent(order.paradigm, order.instance, { event: event.event, caller, args: {}, timeS });
  if (!outcome.ok) return undefined;
  const movedMicro = outcome.value.effects.reduce(
    (sum, effect) => (effect.kind === 'pay' ? sum + effect.amountMicro : sum),
    0n,
  );
  return movedMicro === 0n ? undefined : movedMicro;
}

/** Entered text to the types the contract wants. Amounts are entered in tokens, not in micro-units. */
export function argumentsFor(
  event: LegalEvent,
  texts: Readonly<Record<string, string>>,
): Result<Record<string, WireValue>> {
  const args: Record<string, WireValue> = {};
  for (const [name, field] of Object.entries(event.args)) {
    const text = texts[name]?.trim() ?? '';
    if (text === '' && 'default' in field) continue;
    const value = typedValue(field.type, text);
    if (value === undefined || text === '') return refuse(orderFault('orders.argument', { name }));
    args[name] = value;
  }
  return ok(args);
}

function typedValue(type: string, text: string): WireValue | undefined {
  switch (type) {
    case 'text':
      // Contracts keep one line of plain text; what was written on several stays readable.
      return text.replace(/\s+/gu, ' ');
    case 'amount':
      return parseDecimalToMicro(text);
    case 'int':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    default:
      return undefined;
  }
}
