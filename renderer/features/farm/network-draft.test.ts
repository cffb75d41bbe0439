import { describe, expect, it } from 'vitest';
import { FIRST_DRAFT, networkInput, problemsOf } from './profiles.ts';

describe('a printer in the network', () => {
  const parse = () => 1n;
  const connection = (part: object) => problemsOf({ ...FIRST_DRAFT, ...part }, parse).connection;

  it('needs an address, and a key unless it may trust this computer', () => {
    expect(connection({ driver: 'octoprint' })).toEqual(['address', 'key']);
    expect(connection({ driver: 'prusalink', address: ' ' })).toEqual(['address', 'key']);
    expect(connection({ driver: 'moonraker', address: 'printer.local' })).toEqual([]);
    expect(connection({ driver: 'octoprint', address: 'x', key: 'k' })).toEqual([]);
  });

  it('tells a user to PrusaLink alone', () => {
    const draft = { address: ' printer ', user: ' maker ', key: 'k' };
    expect(networkInput('octoprint', draft)).toEqual({ driver: 'octoprint', address: 'printer', key: 'k' });
    expect(networkInput('prusalink', draft)).toEqual({
      driver: 'prusalink',
      address: 'printer',
      user: 'maker',
      key: 'k',
    });
  });
});
