// Files in chats between two consoles in a real browser: a model and a picture are dropped and pasted, looked at before they
// are sent, paused and taken up again, fetched, shown, and used in the Studio; what could start something says so.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { goTo, shoot, switchRole } from './browser.ts';
import type { ConsoleSide, TwoConsoles } from './two-consoles.ts';
import { ROOT } from './world.ts';

const WEDGE = join(ROOT, 'e2e', 'fixtures', 'wedge.stl');
const MEGABYTE = 1024 * 1024;

type Given = { readonly name: string; readonly type: string; readonly base64: string };
const given = (name: string, type: string, bytes: Uint8Array): Given => ({
  name,
  type,
  base64: Buffer.from(bytes).toString('base64'),
});

/** As a person drops files on the chat, or pastes them into it. */
async function bring(page: Page, how: 'drop' | 'paste', files: readonly Given[]): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Write a message' });
  await box.evaluate(
    (target, { way, all }) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of all) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      const more = { bubbles: true, cancelable: true };
      if (way === 'paste')
        target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...more }));
      else
        for (const type of ['dragenter', 'dragover', 'drop'])
          target.dispatchEvent(new DragEvent(type, { dataTransfer: data, ...more }));
    },
    { way: how, all: files },
  );
}

/** A photograph as this browser makes it, with a place written into it. */
async function photograph(page: Page): Promise<Uint8Array> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 900;
    canvas.height = 600;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    const sky = context.createLinearGradient(0, 0, 0, 600);
    sky.addColorStop(0, '#2f6f8f');
    sky.addColorStop(1, '#f2c078');
    context.fillStyle = sky;
    context.fillRect(0, 0, 900, 600);
    context.fillStyle = '#28384a';
    context.fillRect(240, 300, 420, 300);
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1] ?? '';
  });
  const plain = Buffer.from(base64, 'base64');
  const note = Buffer.from('place 47.3769 N');
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, note.length + 2]), note]);
  return Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]);
}

/** A second of a tone: eight thousand samples of one byte. */
function sound(): Uint8Array {
  const samples = Buffer.from(
    Array.from({ length: 8000 }, (_, at) => 128 + Math.round(100 * Math.sin(at / 3))),
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

async function goToChat({ page }: ConsoleSide, id: string): Promise<void> {
  await goTo(page, `/messages/${encodeURIComponent(`p:${id}`)}`);
  await page.getByRole('log').waitFor();
}

/** Tests of files, for consoles whose people know each other and have said something. */
export function testFiles(consolesOf: () => TwoConsoles): void {
  it('send files that are looked at before they are sent, and by whoever gets them', async () => {
    const { one, two } = consolesOf();
    await goToChat(one, two.id);
    await goToChat(two, one.id);
    await two.page.emulateMedia({ colorScheme: 'light' });
    await bring(one.page, 'drop', [given('wedge.stl', 'model/stl', readFileSync(WEDGE))]);
    await one.page.getByRole('application', { name: /wedge\.stl, 3D view/ }).waitFor();
    await one.page.getByText('Preparing the 3D view').waitFor({ state: 'hidden' });
    await bring(one.page, 'paste', [given('bridge.jpg', 'image/jpeg', await photograph(one.page))]);
    await one.page.getByText('Place, time and camera were removed from this copy.').waitFor();
    await shoot(one.page, '110-files-pending');
    await one.page.getByRole('button', { name: 'Send 2 files' }).click();
    const mine = one.page.getByRole('log');
    await mine.getByText('At the station, encrypted').nth(1).waitFor();
    const theirs = two.page.getByRole('log');
    await theirs.getByText('Not fetched yet').nth(1).waitFor();
    // The small picture came with the message; the picture itself only when it is asked for.
    await theirs.getByRole('img', { name: 'Picture: bridge.jpg' }).waitFor();
    await shoot(two.page, '111-files-offered');
    for (const left of [1, 0]) {
      await theirs.getByRole('button', { name: 'Fetch' }).first().click();
      await theirs.getByText('Not fetched yet').nth(left).waitFor({ state: 'detached' });
    }
    await theirs.getByText('Here, and checked').nth(1).waitFor();
    await theirs.getByRole('button', { name: 'Show bridge.jpg' }).click();
    await two.page.getByRole('dialog').getByRole('img', { name: 'Picture: bridge.jpg' }).waitFor();
    await shoot(two.page, '112-files-picture');
    await two.page.keyboard.press('Escape');
    await two.page.getByRole('dialog').waitFor({ state: 'hidden' });
    const [saved] = await Promise.all([
      two.page.waitForEvent('download'),
      theirs.getByRole('button', { name: 'Save' }).last().click(),
    ]);
    expect(saved.suggestedFilename()).toBe('bridge.jpg');
    const bytes = readFileSync(await saved.path());
    expect([bytes.subarray(0, 2).toString('hex'), bytes.includes('47.3769')]).toEqual(['ffd8', false]);
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('show models that were sent in 3D and use them in the Studio', async () => {
    const { two } = consolesOf();
    const { page } = two;
    await page.getByRole('button', { name: 'Show in 3D' }).click();
    await page
      .getByRole('dialog')
      .getByRole('application', { name: /wedge\.stl, 3D view/ })
      .waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, '113-files-3d-dark');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await shoot(page, '114-files-ready-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Use in Studio' }).click();
    await page.getByRole('heading', { name: 'wedge.stl' }).waitFor();
    expect(page.url()).toMatch(/#\/studio\/./);
    // The Studio is the designer’s, who is another account of the console and finds it in the list too.
    await goTo(page, '/studio');
    await page.getByText('wedge.stl').first().waitFor();
    await switchRole(page, 'Buyer');
    expect(two.problems).toEqual([]);
  });

  it('pause files and take them up again, while the station is away and after it, and are told what these could start', async () => {
    const { one, two, station } = consolesOf();
    await goToChat(two, one.id);
    // With its station away a transfer cannot run off before it is paused.
    station.pause();
    await bring(one.page, 'drop', [given('setup.exe', '', new Uint8Array(2 * MEGABYTE).fill(7))]);
    await one.page.getByRole('button', { name: 'Send the file' }).click();
    const mine = one.page.getByRole('log');
    await mine.getByRole('progressbar', { name: 'Progress of setup.exe' }).waitFor();
    await mine.getByRole('button', { name: 'Pause' }).click();
    await mine.getByText('Paused, not sent yet').waitFor();
    await shoot(one.page, '115-files-paused');
    station.resume();
    await one.page.reload();
    await mine.getByText('Paused, not sent yet').waitFor();
    await mine.getByRole('button', { name: 'Continue' }).click();
    await mine.getByText('At the station, encrypted').nth(2).waitFor();
    const theirs = two.page.getByRole('log');
    await theirs.getByText('Opening a .exe file can start a program.').waitFor();
    await theirs.getByRole('button', { name: 'Fetch' }).click();
    await theirs.getByText('Here, and checked').nth(2).waitFor();
    await theirs.getByRole('button', { name: 'Save' }).last().click();
    await two.page.getByRole('dialog').getByText('On some computers it starts a program').waitFor();
    await shoot(two.page, '116-files-danger');
    const [saved] = await Promise.all([
      two.page.waitForEvent('download'),
      two.page.getByRole('dialog').getByRole('button', { name: 'Save it anyway' }).click(),
    ]);
    expect(readFileSync(await saved.path()).length).toBe(2 * MEGABYTE);
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('play what was recorded, once its reader asks for it', async () => {
    const { one, two } = consolesOf();
    await bring(one.page, 'drop', [given('word.wav', 'audio/wav', sound())]);
    await one.page.getByRole('button', { name: 'Send the file' }).click();
    const theirs = two.page.getByRole('log');
    await theirs.getByText('word.wav').waitFor();
    expect(await two.page.locator('audio, video').count()).toBe(0);
    await theirs.getByRole('button', { name: 'Fetch' }).click();
    await theirs.getByRole('button', { name: 'Play' }).click();
    const player = two.page.getByRole('dialog').locator('audio');
    const lengthS = await player.evaluate(
      (audio: HTMLAudioElement) =>
        new Promise<number>((resolve) => {
          const tell = () => resolve(audio.duration);
          if (audio.readyState > 0) tell();
          else audio.addEventListener('loadedmetadata', tell);
        }),
    );
    expect(lengthS).toBeCloseTo(1, 3);
    expect(await player.evaluate((audio: HTMLAudioElement) => audio.paused)).toBe(true);
    await shoot(two.page, '117-files-player');
    await two.page.keyboard.press('Escape');
    await two.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect([...one.problems, ...two.problems]).toEqual([]);
  });
}
