// Two consoles, one station, two browser windows: they find each other by ID, and what one writes the other reads.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import { shoot } from './browser.ts';
import { addContact, openChat, openTwoConsoles, say, sees, type TwoConsoles } from './two-consoles.ts';

const chromiumPath = needTool('chromium', 'messages between two consoles');

describe.skipIf(chromiumPath === undefined)('two consoles', () => {
  let consoles: TwoConsoles;
  beforeAll(async () => {
    consoles = await openTwoConsoles(chromiumPath ?? '');
  });
  afterAll(async () => {
    await consoles?.close();
  });

  it('write to each other over a station', async () => {
    const { one, two } = consoles;
    expect(one.id).not.toBe(two.id);
    await addContact(one.page, two.id, 'The other console');
    await say(one.page, 'Can you print this in green?');
    await openChat(two.page, 'Can you print this in green?');
    await say(two.page, 'Yes, tomorrow.');
    await sees(one.page, 'Yes, tomorrow.');
    await one.page.getByRole('log').getByRole('img', { name: 'Received' }).waitFor();
    await shoot(one.page, '43-two-consoles');
    expect([...one.problems, ...two.problems]).toEqual([]);
  });
});
