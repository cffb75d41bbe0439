// The commands about contract documents, as a person types them; and the page for newcomers, followed to the letter.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runParadigm } from './paradigm.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const home = process.cwd();
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-paradigm-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => vi.restoreAllMocks());

/** Runs `dipnet paradigm …`; what it wrote, and its exit code. */
async function run(args: readonly string[], input = '') {
  const written = { out: '', err: '' };
  const keep = (name: 'out' | 'err') => (chunk: unknown) => {
    written[name] += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(keep('err'));
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(
    Readable.from([input]) as unknown as typeof process.stdin,
  );
  const code = await runParadigm(args);
  vi.restoreAllMocks();
  return { code, ...written };
}

describe('the page for newcomers', () => {
  const page = readFileSync(join(ROOT, 'docs', 'paradigms.md'), 'utf8');

  test('says nothing that does not work', { timeout: 120_000 }, async () => {
    let commands = 0;
    for (const [, language, file, body] of page.matchAll(/```(yaml|sh) ?(\S*)\n([\s\S]*?)```/g)) {
      if (language === 'yaml') {
        const before = existsSync(file ?? '') ? readFileSync(file ?? '', 'utf8') : '';
        writeFileSync(file ?? '', before + body);
        continue;
      }
      for (const line of (body ?? '').trim().split('\n')) {
        const [command = '', comment] = line.split(' # ');
        const dipnet = command.indexOf('dipnet paradigm ');
        if (dipnet < 0) {
          execFileSync('sh', ['-c', command]);
          continue;
        }
        const typed = /^printf '(.*)' \| /.exec(command)?.[1]?.replaceAll('\\n', '\n') ?? '';
        const { code, out, err } = await run(command.slice(dipnet).trim().split(' ').slice(2), typed);
        expect([line, code, err], out).toEqual([line, comment === 'ends with 1' ? 1 : 0, '']);
        if (comment === 'ends with 1')
          expect(out).toContain('The deadline cannot act, so the money is trapped');
        if (typed !== '') expect(out).toContain('[Settled]');
        commands++;
      }
    }
    expect(commands).toBe(11);
    expect(readFileSync('planters.svg', 'utf8')).toMatch(/^<svg /);
    expect(readFileSync('planters-zh.svg', 'utf8')).toContain('花盆团购');
  });
});

describe('dipnet paradigm', () => {
  test('names the line of a mistake, and what was probably meant', async () => {
    await run(['new', 'slip', '--template', 'group-purchase']);
    const text = readFileSync('slip.yaml', 'utf8').replace('minimum: {', 'minimun: {');
    writeFileSync('slip.yaml', text);
    const { code, out } = await run(['check', 'slip.yaml']);
    expect(code).toBe(1);
    expect(out).toMatch(/^slip\.yaml:\d+:\d+: defect \(document\) at /);
    const asJson = await run(['check', 'slip.yaml', '--json']);
    expect(JSON.parse(asJson.out)).toMatchObject({ ok: false, findings: [{ severity: 'defect' }] });
  });

  test('tells several mistakes of form at once, each with its line and what to write', async () => {
    await run(['new', 'forms', '--template', 'group-purchase']);
    const text = readFileSync('forms.yaml', 'utf8')
      .replace(
        'items: { type: int, label: { en: Items, zh-Hans: 件数 } }',
        'items: { type: int, binds: 3, label: 4 }',
      )
      .replace('unit: second, min: 3600', 'unit: day, min: 3600')
      .replace('unit: micro-DPN', 'unit: DPN')
      .replace('amount: args.items * params.unitMicro', 'amount: 5');
    writeFileSync('forms.yaml', text);
    const { code, out } = await run(['check', 'forms.yaml']);
    expect(code).toBe(1);
    for (const said of [
      'the field "binds" does not belong here',
      '"day" is not second (durations are written in seconds',
      '"DPN" is not micro-DPN (amounts are written in millionths',
      'a number stands where a text belongs (put it in quotes: "5")',
    ])
      expect(out).toContain(said);
    expect(out.match(/^forms\.yaml:\d+:\d+: defect/gm)?.length).toBeGreaterThanOrEqual(5);
  });

  test('begins with any template, and overwrites nothing', async () => {
    expect(await run(['new', 'mine'])).toMatchObject({ code: 0 });
    expect(readFileSync('mine.yaml', 'utf8')).toMatch(/^format: dipnet\/paradigm\/v1\nname: mine\n/);
    await run(['new', 'class-kit', '--template', 'group-purchase']);
    for (const [file, title] of [
      ['mine.yaml', 'Mine'],
      ['class-kit.yaml', 'Class kit'],
    ] as const)
      expect((await run(['diagram', file, '--locale', 'zh-Hans'])).err).toContain(`# ${title} (`);
    expect(await run(['new', 'mine'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('exists already'),
    });
    expect(await run(['new', 'other', '--template', 'none'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('group-purchase'),
    });
  });

  test('refuses what it cannot do with the exit code 2, and helps', async () => {
    for (const args of [
      ['chek', 'x'],
      ['check'],
      ['check', 'a', 'b'],
      ['check', 'nowhere.yaml'],
      ['check', 'a', '--seed', '1'],
      ['simulate', 'mine.yaml', '--runs', '0'],
      ['diagram', 'mine.yaml', '--locale', 'de'],
      ['new', 'Wrong Name'],
      ['--strange'],
    ]) {
      const { code, err } = await run(args);
      expect([args, code, err.length > 10]).toEqual([args, 2, true]);
    }
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('simulate FILE') });
  });

  test('prints the schema, and reports as JSON', async () => {
    expect(JSON.parse((await run(['schema'])).out)).toMatchObject({ title: 'dipnet/paradigm/v1' });
    const { code, out } = await run(['simulate', 'mine.yaml', '--runs', '20', '--seed', '3', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, seed: 3, runs: 20, violations: [] });
  });

  test('lets a person step, be refused, go back and leave', async () => {
    const typed = ['kits=3', '1 strange=1', '9', 'x', 'w 60', 'b', 'b', 'h', 's', 's', ''].join('\n');
    const { code, out } = await run(['simulate', 'mine.yaml', '--step'], typed);
    expect(code).toBe(0);
    expect(out).toContain('"kits=3" is none of these:');
    expect(out).toMatch(/: totalMicro = \d+ \([\d.]+ DPN\)/);
    expect(out).toContain('Nothing is left to take back.');
    expect(out).toContain('There is no step of that number now.');
    expect(out).toContain('0. Buyer: Order');
    expect(out).toContain('The contract has ended.');
    expect(out).toContain('Refused: ');
  });
});
