// Forward secrecy as an attacker tries it: keys that were used are gone, a stolen state heals, foreign keys are refused,
// and whatever a station loses or turns round, every message is read once or known to be missing.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { unwrap, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { createDimpCrypto } from '../../host/adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../../host/adapters/mls-suite.ts';
import type { Account, Directory } from '../index.ts';
import {
  commitmentTo,
  createAccount,
  createDirectory,
  createEccKey,
  createRemovalVisa,
  documentToJson,
  innerText,
  openCommitment,
} from '../index.ts';
import { createRsaKey } from '../keys/index.ts';
import { know, NOW_S } from '../testing/people.ts';
import type { MlsContext, MlsDevice, OutgoingSession, OwnPackage, Session, SessionPayload } from './index.ts';
import {
  beginSession,
  changeSession,
  confirmSession,
  createPackage,
  mlsProperty,
  openInSession,
  ownPackageToText,
  packageToText,
  parseOwnPackage,
  payloadFields,
  readMlsContent,
  readPackage,
  sealInSession,
  sessionTerminals,
  speaksMls,
  visaPackages,
} from './index.ts';

const crypto = createDimpCrypto();
const nowMs = NOW_S * 1000;

type Person = { readonly account: Account; readonly device: MlsDevice; readonly published: OwnPackage };

let context: MlsContext;
let directory: Directory;
let rsa: Bytes;
let alice: Person;
let phone: Person;
let laptop: Person;

async function makePerson(fill: number, terminal: string): Promise<Person> {
  const identityKey = createEccKey(new Uint8Array(32).fill(fill));
  const bare = unwrap(
    await createAccount({ identityKey, visaKey: visaKey(), properties: {}, nowS: NOW_S }, crypto),
  );
  const device: MlsDevice = { id: bare.id, terminal, identityKey };
  const published = unwrap(await createPackage(device, context));
  const properties = { name: 'x', ...mlsProperty(published) };
  const request = { identityKey, visaKey: visaKey(), terminal, properties, nowS: NOW_S };
  const account = unwrap(await createAccount(request, crypto));
  know(directory, account);
  return { account, device, published };
}

/** One RSA key for all: it plays no part here, and making one takes long. */
function visaKey() {
  const key = createRsaKey(rsa);
  if (key === undefined) throw new Error('a sound key');
  return key;
}

beforeAll(async () => {
  directory = createDirectory(createMemoryKv(), crypto);
  context = { suite: await loadMlsSuite(), contacts: directory, crypto };
  rsa = await crypto.rsa.generate(1024);
  alice = await makePerson(1, 'aa');
  phone = await makePerson(2, 'bb');
  laptop = await makePerson(2, 'cc');
});

const begin = async (from: Person = alice, to: Person = phone) =>
  unwrap(
    await beginSession(
      {
        device: from.device,
        peer: to.device.id,
        packages: [...visaPackages(to.device.id, context).values()],
        nowMs,
      },
      context,
    ),
  );

async function seal(session: OutgoingSession, text: string) {
  return unwrap(await sealInSession(session, utf8ToBytes(text), context));
}

const incoming = (payload: SessionPayload, session: Session | undefined, by: Person = phone) => ({
  payload,
  sender: alice.device.id,
  receiver: by.device.id,
  session,
  packages: [by.published],
});

/** A stolen state of the sender, as the thief would use it. */
const asReceived = (session: Session): Session => ({ ...session, peer: alice.device.id.bare });

type Opened = { readonly session: Session | undefined; readonly text: string };

async function open(
  payload: SessionPayload,
  session: Session | undefined,
  by: Person = phone,
): Promise<Opened> {
  const opened = await openInSession(incoming(payload, session, by), context);
  return opened.ok
    ? { session: opened.value.session, text: new TextDecoder().decode(opened.value.plaintext) }
    : { session, text: opened.fault.code };
}

describe('a session', () => {
  it('is read by every device of the receiver, and by each once', async () => {
    let out = await begin();
    expect([...sessionTerminals(out, context)].sort()).toEqual(['bb', 'cc']);
    const texts: string[] = [];
    let [atPhone, atLaptop]: (Session | undefined)[] = [undefined, undefined];
    for (const text of ['one', 'two', 'three']) {
      const sealed = await seal(out, text);
      out = sealed.session;
      const a: Opened = await open(sealed.payload, atPhone);
      const b: Opened = await open(sealed.payload, atLaptop, laptop);
      [atPhone, atLaptop] = [a.session, b.session];
      texts.push(a.text, b.text, (await open(sealed.payload, atPhone)).text);
    }
    const once = (text: string) => [text, text, 'mls.unreadable'];
    expect(texts).toEqual([...once('one'), ...once('two'), ...once('three')]);
  });

  it('has no key left of what was read or sent', async () => {
    const first = await seal(await begin(), 'the secret');
    const read = await open(first.payload, undefined);
    const second = await seal(first.session, 'the next');
    // Whoever takes both devices now has the states below, and every ciphertext.
    const later = await open(second.payload, read.session);
    expect(later.text).toBe('the next');
    for (const stolen of [later.session, asReceived(second.session), asReceived(first.session)])
      expect((await open({ ...first.payload, carried: [] }, stolen)).text).toBe('mls.unreadable');
  });

  it('heals: who took a state reads nothing after its owner, or the receiver, has new keys', async () => {
    const first = await seal(await begin(), 'a');
    const read = await open(first.payload, undefined);
    const stolenFromAlice = asReceived(first.session);
    const stolenFromPhone = read.session;
    const change = { add: [], remove: [], nowMs };
    const second = await seal(unwrap(await changeSession(first.session, change, context)), 'b');
    // The thief of the sender's state has it, follows nothing, and cannot read on.
    expect((await open({ ...second.payload, carried: [] }, stolenFromAlice)).text).toBe('mls.ahead');
    expect((await open(second.payload, stolenFromAlice)).text).toBe('mls.lost');
    const followed = await open(second.payload, read.session);
    expect(followed.text).toBe('b');
    // Whoever took the receiver's state follows that change as the receiver does …
    expect((await open(second.payload, stolenFromPhone)).text).toBe('b');
    // … until the receiver hands over a fresh package.
    const fresh = unwrap(await createPackage(phone.device, context));
    const peer = unwrap(readPackage(packageToText(fresh.publicPart), phone.device.id, context));
    const replaced = unwrap(await changeSession(second.session, { add: [peer], remove: [], nowMs }, context));
    const third = await seal(replaced, 'c');
    expect((await open(third.payload, stolenFromPhone)).text).toBe('mls.lost');
    expect((await open(third.payload, followed.session)).text).toBe('mls.lost');
    const again = await openInSession(
      { ...incoming(third.payload, followed.session), packages: [phone.published, fresh] },
      context,
    );
    expect(unwrap(again)).toMatchObject({ usedPackage: fresh.name });
  });

  it('is followed by who takes the keys of a last resort, until the device that joined by it is given fresh ones', async () => {
    const first = await seal(await begin(), 'one');
    const opened = unwrap(await openInSession(incoming(first.payload, undefined), context));
    const confirmed = confirmSession(first.session, first.epoch);
    const changed = unwrap(await changeSession(confirmed, { add: [], remove: [], nowMs }, context));
    const second = await seal(changed, 'two');
    // A change of the sender's keys alone is told to a leaf whose keys are the published package's.
    const stolen = unwrap(await openInSession(incoming(first.payload, undefined), context)).session;
    expect((await openInSession(incoming(second.payload, stolen), context)).ok).toBe(true);
    const fresh = unwrap(await createPackage(phone.device, context));
    const peer = unwrap(readPackage(packageToText(fresh.publicPart), phone.device.id, context));
    const renewed = unwrap(await changeSession(second.session, { add: [peer], remove: [], nowMs }, context));
    const third = await seal(renewed, 'three');
    const thief = await openInSession(incoming(third.payload, stolen), context);
    const owner = await openInSession(
      { ...incoming(third.payload, opened.session), packages: [fresh] },
      context,
    );
    expect([thief.ok, owner.ok]).toEqual([false, true]);
  });

  it('takes messages that come late or not at all, and within bounds', async () => {
    let out = await begin();
    const payloads: SessionPayload[] = [];
    for (let index = 0; index < 6; index++) {
      if (index === 3) out = unwrap(await changeSession(out, { add: [], remove: [], nowMs }, context));
      const sealed = await seal(out, `m${index}`);
      out = sealed.session;
      payloads.push(sealed.payload);
    }
    let session: Session | undefined;
    const texts: string[] = [];
    for (const index of [2, 0, 5, 1, 4, 4]) {
      const result = await open(payloads[index] as SessionPayload, session);
      session = result.session;
      texts.push(result.text);
    }
    expect(texts).toEqual(['m2', 'm0', 'm5', 'm1', 'm4', 'mls.unreadable']);
    const confirmed = confirmSession(out, 2);
    expect([out.carried.length, confirmed.carried.length]).toEqual([2, 0]);
    const bare = await seal(confirmed, 'small');
    expect(bare.payload.carried).toEqual([]);
    expect((await open(bare.payload, session)).text).toBe('small');
    expect((await open(bare.payload, undefined)).text).toBe('mls.lost');
  });

  it('is the same after a crash before its state was written', async () => {
    const sealed = await seal(await begin(), 'twice computed');
    const [a, b] = [await open(sealed.payload, undefined), await open(sealed.payload, undefined)];
    expect([a.text, b.text]).toEqual(['twice computed', 'twice computed']);
    const next = await seal(sealed.session, 'on');
    expect((await open(next.payload, b.session)).text).toBe('on');
  });

  it('loses a device that goes', async () => {
    const first = await seal(await begin(), 'a');
    const atLaptop = await open(first.payload, undefined, laptop);
    const gone = unwrap(await changeSession(first.session, { add: [], remove: ['cc'], nowMs }, context));
    const second = await seal(gone, 'b');
    expect((await open(second.payload, atLaptop.session, laptop)).text).toBe('mls.lost');
    expect((await open(second.payload, undefined)).text).toBe('b');
  });
});

describe('foreign keys', () => {
  it('are refused in packages, sessions and welcomes', async () => {
    const eve = await makePerson(9, 'ee');
    const asPhone: MlsDevice = { ...eve.device, id: phone.device.id, terminal: 'bb' };
    const forged = packageToText(unwrap(await createPackage(asPhone, context)).publicPart);
    expect(readPackage(forged, phone.device.id, context)).toMatchObject({ fault: { code: 'mls.foreign' } });
    const hers = packageToText(eve.published.publicPart);
    expect(readPackage(hers, phone.device.id, context)).toMatchObject({ fault: { code: 'mls.foreign' } });
    expect(readPackage('AAAA', eve.device.id, context)).toMatchObject({ fault: { code: 'mls.malformed' } });
    const evePackage = unwrap(readPackage(hers, eve.device.id, context));
    const change = { add: [evePackage], remove: [], nowMs };
    expect(await changeSession(await begin(), change, context)).toMatchObject({
      fault: { code: 'mls.foreign' },
    });
    // Eve begins a session with the phone and says that it is Alice's.
    const { payload } = await seal(await begin(eve, phone), 'I am Alice');
    expect((await open(payload, undefined)).text).toBe('mls.foreign');
    // Alice's session is not Eve's to go on with.
    const real = await seal(await begin(), 'x');
    const { session } = await open(real.payload, undefined);
    const next = await seal(real.session, 'y');
    const claimed = { ...incoming(next.payload, session), sender: eve.device.id };
    expect(await openInSession(claimed, context)).toMatchObject({ fault: { code: 'mls.foreign' } });
  });

  it('of a device that was removed count no more', async () => {
    const lost = await makePerson(7, 'dd');
    const removal = createRemovalVisa(lost.device.id, 'dd', NOW_S + 1, lost.device.identityKey, crypto);
    expect(visaPackages(lost.device.id, context).size).toBe(1);
    unwrap(directory.saveDocument(documentToJson(unwrap(removal)), lost.device.id, NOW_S + 1));
    expect([visaPackages(lost.device.id, context).size, speaksMls(lost.device.id, directory)]).toEqual([
      0,
      false,
    ]);
    const text = packageToText(lost.published.publicPart);
    expect(readPackage(text, lost.device.id, context)).toMatchObject({ fault: { code: 'mls.foreign' } });
  });
});

describe('what travels', () => {
  it('is read as it was written, and garbage is refused', async () => {
    const { payload } = await seal(await begin(), 'x');
    const inner = innerText({ type: 1, text: 'hi' }, crypto.random);
    const fields = payloadFields(payload, { commitment: commitmentTo(inner), package: 'AAAA' });
    const read = readMlsContent(JSON.parse(JSON.stringify(fields)));
    expect(read?.ok && read.value.act === 'message' && read.value.payload).toEqual(payload);
    expect(readMlsContent({ app: 'other' })).toBeUndefined();
    for (const broken of [
      { session: 'x' },
      { act: 'other' },
      { message: 5 },
      { carried: [{ epoch: -1 }] },
      { carried: Array.from({ length: 9 }, () => ({ epoch: 1 })) },
      { commitment: null },
    ])
      expect(readMlsContent({ ...fields, ...broken })).toMatchObject({ fault: { code: 'mls.malformed' } });
  });

  it('commits to its text, and to no other', () => {
    const inner = innerText({ type: 1, text: 'hi' }, crypto.random);
    expect(openCommitment(commitmentTo(inner), inner)).toMatchObject({ text: 'hi' });
    expect(openCommitment(commitmentTo(inner), inner.replace('hi', 'ho'))).toBeUndefined();
    expect(openCommitment(commitmentTo('{"text":"hi"}'), '{"text":"hi"}')).toBeUndefined();
  });

  it('keeps its secrets apart from what is published', () => {
    const text = ownPackageToText(phone.published);
    const restored = parseOwnPackage(text);
    expect(restored?.name).toBe(phone.published.name);
    expect(restored && packageToText(restored.publicPart)).toBe(packageToText(phone.published.publicPart));
    expect(parseOwnPackage('{}')).toBeUndefined();
  });
});
