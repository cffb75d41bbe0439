// False papers: metas and documents that a lying station or a false contact may offer.

import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Result } from '../base/index.ts';
import { base64, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account, DimpId, JsonObject, JsonValue } from './index.ts';
import {
  createDirectory,
  createDocument,
  createEccKey,
  createNamedMeta,
  createRsaKey,
  documentToJson,
  ENTITY_TYPES,
  metaToId,
  metaToJson,
  parseId,
  signWith,
} from './index.ts';
import { know, meetPeople, NOW_S } from './testing/people.ts';

const crypto = createDimpCrypto();
const { alice, bob: mallory, directory } = await meetPeople(crypto);
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);
const secret = (fill: number) => createEccKey(new Uint8Array(32).fill(fill));

describe('lies about who somebody is', () => {
  const saveMeta = (id: DimpId, meta: JsonValue) =>
    codeOf(createDirectory(createMemoryKv(), crypto).saveMeta(id, meta));

  it('a meta of another key, another type, another name or another signature is refused', () => {
    expect(saveMeta(alice.id, metaToJson(mallory.meta))).toBe('dimp.meta.foreign');
    const named = unwrap(createNamedMeta('bank', secret(5), crypto));
    const bank = metaToId(named, ENTITY_TYPES.group);
    if (bank === undefined) throw new Error('no ID');
    expect(saveMeta(bank, metaToJson(named))).toBe('ok');
    const other = unwrap(parseId(`bonk@${bank.address.text}`));
    expect(saveMeta(other, metaToJson(named))).toBe('dimp.meta.foreign');
    expect(saveMeta(bank, { ...metaToJson(named), seed: 'bonk' })).toBe('dimp.meta.foreign');
    // The address is made of the signature; a key that did not make it proves nothing.
    expect(saveMeta(bank, { ...metaToJson(named), key: secret(6).publicKey.json })).toBe('dimp.meta.foreign');
    const claimed = unwrap(parseId(`bank@${alice.id.text}`));
    expect(saveMeta(claimed, metaToJson(alice.meta))).toBe('dimp.meta.foreign');
    expect(saveMeta(alice.id, { ...metaToJson(alice.meta), type: 3 })).toBe('dimp.meta.reserved');
    expect(saveMeta(alice.id, { ...metaToJson(alice.meta), type: 5, version: 5 })).toBe('dimp.meta.reserved');
  });

  it('papers that are far too large are refused', () => {
    const padding = 'x'.repeat(300_000);
    expect(saveMeta(alice.id, { ...metaToJson(alice.meta), padding })).toBe('dimp.meta.malformed');
    const visa = { ...documentToJson(alice.visa as never), padding };
    expect(codeOf(directory.saveDocument(visa, alice.id, NOW_S))).toBe('dimp.document.malformed');
  });

  it('a known meta does not change', () => {
    expect(unwrap(directory.saveMeta(alice.id, metaToJson(mallory.meta))).key).toEqual(alice.meta.key);
  });

  it('a visa that somebody else signed, or an old one, does not replace the visa', () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    know(mine, alice);
    const visa = (key: Account, did: DimpId, nowS: number) =>
      documentToJson(
        unwrap(
          createDocument({ did, type: 'visa', properties: { name: 'x' }, nowS }, key.identityKey, crypto),
        ),
      );
    const save = (json: JsonObject) => codeOf(mine.saveDocument(json, alice.id, NOW_S));
    expect(save(visa(mallory, alice.id, NOW_S + 1))).toBe('dimp.document.forged');
    expect(save(visa(alice, alice.id, NOW_S - 1))).toBe('dimp.document.older');
    expect(save(visa(alice, alice.id, NOW_S + 7200))).toBe('dimp.document.future');
    expect(save(visa(mallory, mallory.id, NOW_S + 1))).toBe('dimp.document.malformed');
    const own = visa(alice, alice.id, NOW_S + 5);
    expect(save({ ...own, data: `${String(own['data'])} ` })).toBe('dimp.document.forged');
    expect(save(own)).toBe('ok');
    // A bare visa shown as the visa of a device, and the other way round.
    expect(save({ ...own, terminal: 'phone' })).toBe('ok');
    expect(mine.documents(alice.id)).toHaveLength(1);
  });

  it('a visa of the founder is not taken for the bulletin of the group, though one key signed both', () => {
    const meta = unwrap(createNamedMeta('Group-1', alice.identityKey, crypto));
    const group = metaToId(meta, ENTITY_TYPES.group);
    if (group === undefined || alice.visa === undefined) throw new Error('no ID');
    const mine = createDirectory(createMemoryKv(), crypto);
    unwrap(mine.saveMeta(group, metaToJson(meta)));
    const { data, signature } = documentToJson(alice.visa);
    for (const type of ['bulletin', 'visa'])
      expect(
        codeOf(mine.saveDocument({ did: group.text, type, data, signature } as JsonObject, group, NOW_S)),
      ).toBe('dimp.document.malformed');
  });

  it('older documents, which do not say inside whose they are, are told apart by their kind', () => {
    const meta = unwrap(createNamedMeta('Group-1', alice.identityKey, crypto));
    const group = metaToId(meta, ENTITY_TYPES.group);
    if (group === undefined) throw new Error('no ID');
    const mine = createDirectory(createMemoryKv(), crypto);
    know(mine, alice);
    unwrap(mine.saveMeta(group, metaToJson(meta)));
    const paper = (type: string) => {
      const data = JSON.stringify({ type, name: 'old', time: NOW_S + 1 });
      const signature = unwrap(signWith(alice.identityKey, utf8ToBytes(data), crypto));
      return { type, data, signature: base64.encode(signature) };
    };
    const save = (type: string, owner: DimpId) => codeOf(mine.saveDocument(paper(type), owner, NOW_S));
    expect([save('visa', alice.id), save('bulletin', group)]).toEqual(['ok', 'ok']);
    for (const [type, owner] of [
      ['visa', group],
      ['bulletin', alice.id],
    ] as const)
      expect(save(type, owner)).toBe('dimp.document.malformed');
  });

  it('another encryption key in a newer visa is told as such', async () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    know(mine, alice);
    const fresh = createRsaKey(await crypto.rsa.generate(1024));
    const renewed = (nowS: number, key: JsonObject) =>
      documentToJson(
        unwrap(
          createDocument(
            { did: alice.id, type: 'visa', properties: { key }, nowS },
            alice.identityKey,
            crypto,
          ),
        ),
      );
    const save = (json: JsonObject) => unwrap(mine.saveDocument(json, alice.id, NOW_S)).change;
    const sameKey = alice.visaKeys[0]?.publicKey.json ?? {};
    expect(save(documentToJson(alice.visa as never))).toBe('same');
    expect(save(renewed(NOW_S + 1, sameKey))).toBe('updated');
    expect(save(renewed(NOW_S + 2, fresh?.publicKey.json ?? {}))).toBe('key');
  });

  it('too small RSA keys are no keys', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const data = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const signer = createSign('sha256').update('weak');
    const fingerprint = signer.sign(privateKey).toString('base64');
    const meta = { type: 1, key: { algorithm: 'RSA', data }, seed: 'weak', fingerprint };
    const id = unwrap(parseId('weak@4YeVEN3aUnvC1DNUufCq1bs9zoBSJTzVEj'));
    expect(saveMeta(id, meta)).toBe('dimp.key.malformed');
  });
});
