// Calls between two consoles in two windows with synthetic cameras and microphones: sound and pictures really arrive on both
// sides, and a call that is declined, busy, hung up or cut off ends on both, with a line in the chat.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import { goTo, shoot, switchRole, watchPage } from './browser.ts';
import { addContact, openChat, openTwoConsoles, say, type TwoConsoles } from './two-consoles.ts';

const chromiumPath = needTool('chromium', 'calls between two consoles');

/** What arrived so far over the connections that this page made. */
type Arrived = { readonly frames: number; readonly energy: number; readonly ways: readonly string[] };

/** Connections that are made from now on can be asked for their figures. */
async function watchConnections(page: Page): Promise<void> {
  await page.evaluate(() => {
    const made: RTCPeerConnection[] = [];
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        made.push(this);
      }
    };
    Object.assign(window, { connectionsMade: made });
  });
}

async function arrived(page: Page): Promise<Arrived> {
  return page.evaluate(async () => {
    const { connectionsMade } = window as unknown as { connectionsMade: RTCPeerConnection[] };
    let [frames, energy] = [0, 0];
    const ways: string[] = [];
    const last = connectionsMade.at(-1);
    const report = (await last?.getStats()) ?? new Map();
    report.forEach((entry: { type: string; [field: string]: unknown }) => {
      if (entry.type === 'inbound-rtp') frames += Number(entry['framesDecoded'] ?? 0);
      if (entry.type === 'inbound-rtp') energy += Number(entry['totalAudioEnergy'] ?? 0);
      if (entry.type === 'remote-candidate') ways.push(String(entry['candidateType']));
    });
    return { frames, energy, ways };
  });
}

/** Names the ways that the two sides agreed on; another name after each restart. */
async function waysOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { connectionsMade } = window as unknown as { connectionsMade: RTCPeerConnection[] };
    const sdp = connectionsMade.at(-1)?.currentRemoteDescription?.sdp ?? '';
    return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '';
  });
}

const panel = (page: Page) => page.getByRole('region', { name: /^Call with/ });
const pressed = (page: Page, name: string) =>
  panel(page).getByRole('button', { name, exact: true }).getAttribute('aria-pressed');
const history = (page: Page, text: string | RegExp) => page.getByRole('log').getByText(text).last();

describe.skipIf(chromiumPath === undefined)('calls', () => {
  let consoles: TwoConsoles;
  beforeAll(async () => {
    consoles = await openTwoConsoles(
      chromiumPath ?? '',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      // Where the only network is the machine itself.
      '--allow-loopback-in-peer-connection',
    );
    const { one, two } = consoles;
    await addContact(one.page, two.id, 'Printer shop');
    await say(one.page, 'May I call you?');
    await openChat(two.page, 'May I call you?');
    for (const { page } of [one, two]) await watchConnections(page);
  });
  afterAll(async () => {
    await consoles?.close();
  });

  it('carry sound and pictures both ways, with switches for both', async () => {
    const { one, two } = consoles;
    await one.page.getByRole('button', { name: 'Video call' }).click();
    await panel(one.page).getByText('It rings').waitFor();
    expect(await pressed(one.page, 'Camera')).toBe('true');
    await shoot(one.page, '60-call-calling');
    await shoot(two.page, '61-call-rings');
    expect(await arrived(one.page)).toEqual({ frames: 0, energy: 0, ways: [] });
    await two.page.getByRole('button', { name: 'Accept with video' }).click();
    for (const { page } of [one, two]) {
      await panel(page).getByRole('timer').waitFor();
      await expect
        .poll(
          async () => {
            const { frames, energy } = await arrived(page);
            return frames > 5 && energy > 0;
          },
          { timeout: 20_000 },
        )
        .toBe(true);
    }
    await shoot(one.page, '62-call-talking');
    const { violations } = await new AxeBuilder({ page: one.page })
      .include('[aria-label^="Call with"]')
      .analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);

    await panel(two.page).getByRole('button', { name: 'Mute' }).click();
    await panel(one.page).getByText('Muted on the other side').waitFor();
    await panel(two.page).getByRole('button', { name: 'Camera' }).click();
    await panel(one.page).locator('video').first().waitFor({ state: 'hidden' });
    expect([await pressed(two.page, 'Mute'), await pressed(two.page, 'Camera')]).toEqual(['true', 'false']);
    await panel(two.page).getByRole('button', { name: 'Camera' }).click();
    await panel(one.page).locator('video').first().waitFor({ state: 'visible' });
    await panel(one.page).getByRole('button', { name: 'Choose devices' }).click();
    await panel(one.page).getByRole('button', { name: 'Larger' }).waitFor();
    await one.page.getByRole('combobox', { name: 'Microphone' }).waitFor();
    await shoot(one.page, '63-call-devices');
    await one.page.keyboard.press('Escape');
    // The called one's network changes: other ways are agreed on, and the talk goes on.
    const before = await waysOf(one.page);
    await two.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect.poll(async () => waysOf(one.page), { timeout: 20_000 }).not.toBe(before);
    const { frames } = await arrived(one.page);
    await expect
      .poll(async () => (await arrived(one.page)).frames > frames + 5, { timeout: 20_000 })
      .toBe(true);
    // The call goes on whatever page is open.
    await goTo(one.page, '/market');
    await panel(one.page).getByRole('timer').waitFor();
  });

  it('are busy to others meanwhile, also to another account of the same console', async () => {
    const { one, two } = consoles;
    const other = await one.page.context().newPage();
    const problems = watchPage(other);
    await other.goto(one.page.url());
    await switchRole(other, 'Designer');
    await goTo(other, '/messages');
    await addContact(other, two.id, 'Shop');
    await say(other, 'Are you there?');
    await other.getByRole('log').getByRole('img', { name: 'Received' }).waitFor();
    await other.getByRole('button', { name: 'Voice call' }).click();
    await history(other, 'Voice call: busy').waitFor();
    await shoot(other, '64-call-busy');
    expect(problems).toEqual([]);
    await other.close();
    await switchRole(one.page, 'Buyer');
  });

  it('end on both sides when one hangs up, by the keyboard', async () => {
    const { one, two } = consoles;
    await goTo(one.page, '/messages');
    await openChat(one.page, 'Printer shop');
    await two.page.keyboard.press('Alt+Shift+X');
    for (const { page } of [one, two]) {
      await panel(page).waitFor({ state: 'hidden' });
      await history(page, /^Video call, \d+:\d\d/).waitFor();
    }
    await shoot(one.page, '65-call-history');
  });

  it('end when they are declined, and count as missed when they are given up', async () => {
    const { one, two } = consoles;
    const voice = one.page.getByRole('button', { name: 'Voice call' });
    await voice.click();
    await two.page.getByRole('button', { name: 'Decline' }).click();
    await history(one.page, 'Voice call: declined').waitFor();
    await history(two.page, 'Voice call declined').waitFor();
    await voice.click();
    await two.page.getByRole('button', { name: 'Decline' }).waitFor();
    await panel(one.page).getByRole('button', { name: 'Hang up' }).click();
    await history(two.page, 'Missed voice call').waitFor();
    await history(one.page, 'Voice call: given up').waitFor();
  });

  it('whose line is lost say so, and end', async () => {
    const { one, two } = consoles;
    await one.page.emulateMedia({ colorScheme: 'dark' });
    await one.page.getByRole('button', { name: 'Voice call' }).click();
    await two.page.getByRole('button', { name: 'Accept', exact: true }).waitFor();
    await two.page.keyboard.press('Alt+Shift+A');
    for (const { page } of [one, two]) {
      await panel(page).getByRole('timer').waitFor();
      await expect.poll(async () => (await arrived(page)).energy > 0, { timeout: 20_000 }).toBe(true);
    }
    expect((await arrived(one.page)).frames).toBe(0);
    expect([...one.problems, ...two.problems]).toEqual([]);
    await two.page.close();
    await panel(one.page).getByText('The line is lost').waitFor();
    await shoot(one.page, '66-call-lost-dark');
    await history(one.page, /; the line was lost/).waitFor();
    await panel(one.page).waitFor({ state: 'hidden' });
    expect(one.problems).toEqual([]);
  });

  it('have settings that say what works without servers', async () => {
    const { page, problems } = consoles.one;
    await page.getByRole('button', { name: 'Calls' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Calls work within one network').waitFor();
    await dialog.getByRole('radio', { name: 'A relay alone' }).check();
    await dialog.getByRole('button', { name: 'Add a server' }).click();
    await dialog.getByRole('textbox', { name: 'Address of the server' }).fill('turn.example.org');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByText('Begin with stun: or turn:').waitFor();
    await dialog.getByRole('textbox', { name: 'Address of the server' }).fill('stun:stun.example.org:3478');
    await dialog.getByText('STUN only').waitFor();
    await shoot(page, '67-call-settings-dark');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Voice call' }).click();
    await page.getByText('Calls may only go through a relay').waitFor();
    expect(problems).toEqual([]);
  });
});
