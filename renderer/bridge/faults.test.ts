// Whatever a call throws becomes a fault that a person can act on.

import { ORPCError } from '@orpc/client';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConnectionLostError, faultOf, PAGE_FAULTS, pageFault } from './faults.ts';

it('passes the core’s own faults through', () => {
  const fault = {
    code: 'order.money.short',
    message: 'Not enough.',
    next: 'Add some.',
    data: { shortMicro: '5' },
  };
  expect(faultOf(new ORPCError('FAULT', { status: 422, data: fault }))).toEqual(fault);
  expect(faultOf(fault)).toBe(fault);
});

it('names connection, refusal, session and cancellation', () => {
  expect(faultOf(new ConnectionLostError()).code).toBe('console.connection.lost');
  expect(faultOf(new ORPCError('BAD_REQUEST')).code).toBe('console.request.refused');
  expect(faultOf(new ORPCError('UNAUTHORIZED')).code).toBe('console.session.ended');
  expect(faultOf(new DOMException('stop', 'AbortError')).code).toBe('console.stopped');
});

it('does not take a half fault for a whole one', () => {
  expect(faultOf(new ORPCError('FAULT', { status: 422, data: { code: 'x' } })).code).toBe(
    'console.unexpected',
  );
});

it('has words for anything', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const { code, message, next } = faultOf(thrown);
      expect([code, message, next].every((text) => typeof text === 'string')).toBe(true);
    }),
  );
});

it('fills in what the sentence needs', () => {
  expect(pageFault('console.file.too-large', { limitMb: 512 }).message).toBe(
    'This file is larger than 512 MB.',
  );
  for (const { message, next } of Object.values(PAGE_FAULTS)) {
    expect(message).toMatch(/[.]$/);
    expect(next).toMatch(/[.]$/);
  }
});
