// Two consoles, one station, two browser windows: they find each other by ID, and what one writes the other reads.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import { goTo, shoot, switchRole } from './browser.ts';
import { testFiles } from './chat-files.ts';
import { addContact, openChat, openTwoConsoles, say, sees, type TwoConsoles } from './two-consoles.ts';
import { DIPNET } from './world.ts';

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
    await one.page.getByText('Forward secrecy', { exact: true }).waitFor();
    expect(
      await one.page
        .getByRole('log')
        .getByRole('img', { name: /without forward/ })
        .count(),
    ).toBe(0);
    await shoot(one.page, '43-two-consoles');
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('have the same safety number on both sides', async () => {
    const { one, two } = consoles;
    const numbers: string[] = [];
    for (const { page } of [one, two]) {
      await page.getByRole('button', { name: 'Safety' }).click();
      const dialog = page.getByRole('dialog');
      numbers.push((await dialog.getByTestId('safety-number').textContent()) ?? '');
      await dialog.getByRole('button', { name: 'I have compared it' }).click();
      await dialog.getByText('Number compared').waitFor();
      await shoot(page, `44-safety-${numbers.length}`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText('Number compared').waitFor();
    }
    expect(numbers[0]).toMatch(/^\d{60}$/);
    expect(numbers[1]).toBe(numbers[0]);
    await one.page.getByRole('button', { name: 'Your devices' }).click();
    await one.page.getByRole('dialog').getByText('This device').waitFor();
    await shoot(one.page, '45-devices');
    await one.page.keyboard.press('Escape');
  });

  it('show chosen messages to each other with a file that proves them', async () => {
    const { one, two } = consoles;
    await say(one.page, 'This one stays between us.');
    await one.page.getByRole('link', { name: 'Show to others' }).click();
    await one.page.getByRole('combobox', { name: 'Last message' }).click();
    await one.page.getByRole('option', { name: /Yes, tomorrow/ }).click();
    await one.page.getByRole('button', { name: 'Show what will be revealed' }).click();
    await one.page.getByText('Exactly 2 messages are revealed').waitFor();
    await shoot(one.page, '46-disclose');
    const [file] = await Promise.all([
      one.page.waitForEvent('download'),
      one.page.getByRole('button', { name: 'Save the file' }).click(),
    ]);
    const path = await file.path();
    expect(readFileSync(path, 'utf8')).not.toContain('between us');
    await goTo(two.page, '/messages/check');
    const [chooser] = await Promise.all([
      two.page.waitForEvent('filechooser'),
      two.page.getByRole('button', { name: 'Choose the file' }).click(),
    ]);
    await chooser.setFiles(path);
    await two.page.getByText('2 genuine messages').waitFor();
    expect(await two.page.getByText('none is missing between them').count()).toBe(2);
    await two.page.emulateMedia({ colorScheme: 'dark' });
    await shoot(two.page, '47-check-dark');
    const verified = spawnSync(process.execPath, [DIPNET, 'verify', path], { encoding: 'utf8' });
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('Yes, tomorrow.')]);
    expect(verified.stdout).toContain('2 messages, each signed by its sender.');
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  testFiles(() => consoles);

  it('are in a group together, whose owner says who is in it', async () => {
    const { one, two } = consoles;
    await one.page.getByRole('button', { name: 'New group' }).click();
    const dialog = one.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name of the group' }).fill('Gear makers');
    await dialog.getByRole('combobox', { name: 'People' }).click();
    await one.page.getByRole('option', { name: /The other console/ }).click();
    // The list of people covers the button until something else is used.
    await dialog.getByRole('textbox', { name: 'Name of the group' }).click();
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await one.page.getByRole('region', { name: 'Gear makers' }).waitFor();
    await say(one.page, 'Who has a lathe?');
    await openChat(two.page, 'Gear makers');
    await sees(two.page, 'Who has a lathe?');
    await say(two.page, 'I do.');
    await sees(one.page, 'I do.');
    await one.page.getByRole('button', { name: '2 members' }).click();
    await one.page.getByRole('dialog').getByText('Owner', { exact: true }).waitFor();
    await shoot(one.page, '48-group-members');
    await one.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await one.page.getByRole('dialog').getByText('1 member', { exact: true }).waitFor();
    await one.page.keyboard.press('Escape');
    await two.page.getByRole('textbox', { name: 'You are not in this group any more' }).waitFor();
    await shoot(two.page, '49-group-out');
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('read and write on a public board, whose owner says what stays', async () => {
    const { one, two } = consoles;
    await goTo(two.page, '/messages/boards');
    await two.page.getByText('No boards yet').waitFor();
    await shoot(two.page, '49d-boards-none');
    await goTo(one.page, '/messages/boards');
    await one.page.getByRole('button', { name: 'New board' }).click();
    const dialog = one.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Printers of the town');
    await dialog.getByRole('textbox', { name: 'What it is about' }).fill('Ask anything');
    await shoot(one.page, '49e-board-new');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await one.page.getByText('Nothing has been posted yet.').waitFor();
    await two.page.getByRole('link', { name: /Printers of the town/ }).click();
    await two.page.getByRole('button', { name: 'Follow', exact: true }).click();
    const posts = (page: typeof one.page) => page.getByRole('list', { name: 'Posts' }).getByRole('listitem');
    for (const text of ['<b>Who</b> prints in ABS? https://example.org', 'Buy cheap tokens']) {
      await two.page.getByRole('textbox', { name: 'Write for everybody to read' }).fill(text);
      await two.page.getByRole('button', { name: 'Post', exact: true }).click();
      await posts(two.page).getByText(text).waitFor();
    }
    const spam = posts(one.page).filter({ hasText: 'Buy cheap tokens' });
    await spam.waitFor();
    expect(await posts(one.page).getByRole('link').count()).toBe(0);
    await shoot(one.page, '49f-board');
    await spam.getByRole('button', { name: 'Hide' }).click();
    await posts(two.page).getByText('This post was hidden').waitFor();
    await posts(two.page).getByText('<b>Who</b> prints in ABS?').waitFor();
    await two.page.emulateMedia({ colorScheme: 'dark' });
    await shoot(two.page, '49g-board-hidden-dark');
    await one.page.getByRole('button', { name: /^Mute/ }).first().click();
    await posts(one.page).getByText('You have muted its author.').waitFor();
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('hand an account over as a file under a passphrase, and keep nothing of it', async () => {
    const { one, two } = consoles;
    const passphrase = 'nine blue washers in a row';
    await goTo(one.page, '/settings');
    await one.page.getByRole('button', { name: 'Export an account' }).click();
    const dialog = one.page.getByRole('dialog');
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await dialog.getByLabel('Passphrase once more').fill('nine blue');
    await dialog.getByText('The two are not the same.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Save the file' }).isDisabled()).toBe(true);
    await shoot(one.page, '49b-account-export');
    await dialog.getByLabel('Passphrase once more').fill(passphrase);
    await dialog.getByLabel('With the history of chats').check();
    const [file] = await Promise.all([
      one.page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save the file' }).click(),
    ]);
    await dialog.waitFor({ state: 'hidden' });
    const path = await file.path();
    for (const secret of [passphrase, 'PRIVATE KEY', two.id])
      expect(readFileSync(path, 'utf8')).not.toContain(secret);

    await goTo(two.page, '/settings');
    await two.page.getByRole('button', { name: 'Import an account' }).click();
    const [chooser] = await Promise.all([
      two.page.waitForEvent('filechooser'),
      two.page.getByRole('button', { name: 'Choose a file' }).click(),
    ]);
    await chooser.setFiles(path);
    await two.page.getByLabel('What it is called here').fill('From the other console');
    await two.page.getByLabel('Passphrase', { exact: true }).fill('nine red washers in a row');
    await two.page.getByRole('button', { name: 'Import the account' }).click();
    await two.page.getByText('does not open with this passphrase').waitFor();
    await shoot(two.page, '49c-account-import');
    await two.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await two.page.getByRole('button', { name: 'Import the account' }).click();
    await two.page.locator(`[data-account="${one.id}"]`).waitFor();
    await two.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await switchRole(two.page, 'Buyer');
    await goTo(two.page, '/messages');
    await openChat(two.page, 'Gear makers');
    await sees(two.page, 'Who has a lathe?');
    await openChat(two.page, 'The other console');
    await sees(two.page, 'This one stays between us.');
    await shoot(two.page, '49h-account-history');
    for (const { page, served } of [one, two]) {
      expect(await page.content()).not.toContain(passphrase);
      const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
      expect(kept).not.toContain(passphrase);
      const logs = readdirSync(served.folder, { recursive: true, encoding: 'utf8' });
      for (const log of logs.filter((name) => /\.(log|jsonl?|txt)$/.test(name)))
        expect(readFileSync(join(served.folder, log), 'utf8')).not.toContain(passphrase);
    }
    expect([...one.problems, ...two.problems]).toEqual([]);
  });
});
