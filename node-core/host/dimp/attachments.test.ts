// Files between consoles over a real station: whole, checked and encrypted on every disk, through pauses, restarts of each
// side and a station that is away; refused where they are too much; never fetched from where they must not be.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MessageView } from '../../api/index.ts';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { isOpenAddress } from './foreign-file.ts';
import type { Messenger } from './messenger.ts';
import { makeFolder, meet, openConsole, textsOf, until } from './testing/consoles.ts';

const CHUNK = 256 * 1024;

function fileOf(length: number): Bytes {
  const file = new Uint8Array(length);
  for (let at = 0; at < length; at += 61) file[at] = (at * 13) & 255;
  file.set(utf8ToBytes('secret-of-the-file'), 0);
  return file;
}
const sumOf = (bytes: Bytes) => bytesToHex(sha256(bytes));
const PICTURE = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

const last = async (messenger: Messenger, actor: string, chat: string): Promise<MessageView> => {
  const message = unwrap(await messenger.chat(actor, chat)).messages.at(-1);
  if (message === undefined) throw new Error('there is no message');
  return message;
};

/** The newest message, once its file has come to this state. */
async function reaches(
  messenger: Messenger,
  actor: string,
  chat: string,
  state: string,
): Promise<MessageView> {
  let message = await last(messenger, actor, chat);
  await until(async () => {
    message = await last(messenger, actor, chat);
    if (message.file?.state === 'failed' && state !== 'failed') throw new Error(message.file.fault?.code);
    return message.file?.state === state;
  });
  return message;
}

/** A request as anybody can make it. */
function ask(port: number, method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => void parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(parts).toString('latin1'),
            headers: response.headers,
          }),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    },
  );
}

/** What the station says to strangers, and to those who know a file's name. */
async function expectServed(port: number, ada: string, file: string): Promise<void> {
  const whole = await ask(port, 'GET', `/download/${file}/a.bin`);
  expect([whole.status, whole.text.length]).toEqual([200, 3 * CHUNK + 16]);
  expect(whole.headers).toMatchObject({
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  });
  const never = `b${'a'.repeat(58)}`;
  const refusals = [
    await ask(port, 'GET', `/files/${never}`),
    await ask(port, 'GET', `/download/${never}`),
    await ask(port, 'GET', '/files/..%2f..%2fstation.db'),
    await ask(port, 'PUT', `/files/${never}`, {}, 'x'),
    await ask(
      port,
      'PUT',
      `/files/${never}`,
      { 'dimp-user': ada, 'dimp-time': '1', 'dimp-signature': 'AAAA' },
      'x',
    ),
    await ask(port, 'POST', '/files/missing', {}, 'x\n'.repeat(600)),
  ];
  expect(refusals.map(({ status, text }) => [status, (JSON.parse(text) as { code: string }).code])).toEqual([
    [404, 'transfer.gone'],
    [404, 'transfer.gone'],
    [404, 'transfer.gone'],
    [403, 'transfer.signature'],
    [403, 'transfer.signature'],
    [400, 'transfer.malformed'],
  ]);
  expect((await ask(port, 'POST', '/files/missing', {}, `${file}\n${never}\n../x`)).text).toBe(never);
  // A request that comes in pieces, as slow lines bring it.
  const socket = connect(port, '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1');
    });
    socket.on('close', () => resolve(said));
  });
  for (const piece of ['G', 'ET /fil', `es/${never} HTTP/1.1\r\nHost: x\r\nConn`, 'ection: close\r\n\r\n']) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await answer).toContain('404');
}

it('go from one console to another through its station, with their picture, and lie encrypted everywhere', async () => {
  const {
    one,
    two,
    ada,
    bo,
    folders,
    station: { port },
  } = await meet();
  const file = fileOf(3 * CHUNK + 7);
  const id = unwrap(
    await one.messenger.sendFile(ada, `p:${bo}`, {
      name: '../../photo of\u202egpj.exe',
      bytes: file,
      picture: PICTURE,
    }),
  );
  const sent = await reaches(one.messenger, ada, `p:${bo}`, 'ready');
  expect(sent).toMatchObject({
    id,
    mine: true,
    text: 'photo of_gpj.exe',
    file: { danger: 'exe', kind: 'file' },
  });
  await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).length === 2);
  const offered = await reaches(two.messenger, bo, `p:${ada}`, 'offered');
  expect(offered).toMatchObject({ secrecy: 'forward', text: 'photo of_gpj.exe' });
  expect(offered.file).toMatchObject({
    sizeBytes: file.length,
    doneBytes: 0,
    hasPicture: true,
    danger: 'exe',
  });
  expect(unwrap(two.messenger.files.picture(bo, offered.id))).toEqual(PICTURE);
  expect(await two.messenger.files.open(bo, offered.id)).toMatchObject({
    fault: { code: 'chat.file.absent' },
  });
  unwrap(two.messenger.files.start(bo, offered.id));
  const ready = await reaches(two.messenger, bo, `p:${ada}`, 'ready');
  expect(ready.file).toMatchObject({ doneBytes: file.length, wholeShare: 1 });
  const opened = unwrap(await two.messenger.files.open(bo, offered.id));
  expect([opened.name, sumOf(opened.bytes)]).toEqual(['photo of_gpj.exe', sumOf(file)]);
  const row = one.chat.prepare('SELECT file FROM attachments').get() as { file: string };
  await expectServed(port, ada, row.file);
  await one.close();
  await two.close();
  for (const folder of folders) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const stored = names.map((name) => join(folder, name)).filter((name) => statSync(name).isFile());
    expect(stored.some((name) => name.includes('chat-files'))).toBe(true);
    for (const name of stored) expect(readFileSync(name).includes('secret-of'), name).toBe(false);
  }
});

it('wait at the station for a console that is away, and go on after restarts of both', async () => {
  const folders = [makeFolder(), makeFolder()] as const;
  const met = await meet(folders);
  const { ada, bo } = met;
  const file = fileOf(6 * CHUNK);
  await met.two.close();
  // Stopped at once: whatever was moved by then is not moved again.
  unwrap(await met.one.messenger.sendFile(ada, `p:${bo}`, { name: 'gear.stl', bytes: file }));
  await met.one.close();
  const one = await openConsole(folders[0], ['Ada']);
  await one.messenger.view(ada);
  const sent = await reaches(one.messenger, ada, `p:${bo}`, 'ready');
  expect(sent.file).toMatchObject({ kind: 'model', name: 'gear.stl' });
  let two = await openConsole(folders[1], ['Bo']);
  const { host, port } = (await one.messenger.view(ada)).station;
  await two.messenger.useStation({ host, port });
  await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).length === 2);
  const offered = await reaches(two.messenger, bo, `p:${ada}`, 'offered');
  unwrap(two.messenger.files.start(bo, offered.id));
  unwrap(await two.messenger.files.pause(bo, offered.id));
  expect((await last(two.messenger, bo, `p:${ada}`)).file?.state).toBe('paused');
  await two.close();
  two = await openConsole(folders[1], ['Bo']);
  await two.messenger.view(bo);
  // What its owner paused stays so.
  expect((await last(two.messenger, bo, `p:${ada}`)).file?.state).toBe('paused');
  unwrap(two.messenger.files.start(bo, offered.id));
  await two.close();
  two = await openConsole(folders[1], ['Bo']);
  await two.messenger.view(bo);
  await reaches(two.messenger, bo, `p:${ada}`, 'ready');
  expect(sumOf(unwrap(await two.messenger.files.open(bo, offered.id)).bytes)).toBe(sumOf(file));
});

it('go to everybody in a group, and disappear with their message', async () => {
  const { one, two, ada, bo, folders } = await meet();
  const group = unwrap(await one.messenger.foundGroup(ada, 'Makers', [bo]));
  await until(async () => (await two.messenger.chats(bo)).some(({ id }) => id === group));
  unwrap(await one.messenger.safety.setTimer(ada, group, 3600));
  unwrap(await one.messenger.sendFile(ada, group, { name: 'part.3mf', bytes: fileOf(1000) }));
  await until(async () => (await textsOf(two.messenger, bo, group)).length === 1);
  const offered = await reaches(two.messenger, bo, group, 'offered');
  expect(offered.goneMs).toBeGreaterThan(0);
  unwrap(two.messenger.files.start(bo, offered.id));
  await reaches(two.messenger, bo, group, 'ready');
  two.chat.exec('UPDATE messages SET gone_ms = 1 WHERE gone_ms IS NOT NULL');
  await until(async () => (await textsOf(two.messenger, bo, group)).length === 0);
  expect(two.chat.prepare('SELECT COUNT(*) AS count FROM attachments').get()).toEqual({ count: 0 });
  await two.close();
  const again = await openConsole(folders[1], ['Bo']);
  await again.messenger.view(bo);
  const left = readdirSync(join(folders[1], 'chat-files'), { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
});

it('of other programs are never fetched from within the own network', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.9',
    '172.20.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
  ];
  const inside6 = [
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::',
    'ff02::1',
  ];
  expect([...inside, ...inside6, 'x'].filter(isOpenAddress)).toEqual([]);
  expect(['1.1.1.1', '93.184.216.34', '2606:4700::1111'].every(isOpenAddress)).toBe(true);
});
