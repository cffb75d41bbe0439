import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Random } from '../base/index.ts';
import { bytesToHex, hexToBytes, sha256, u64ToBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import {
  addressToText,
  createIdentity,
  createKeyPair,
  createMnemonic,
  mnemonicToKeyPair,
  openKeystore,
  parseAddress,
  parseMnemonic,
  sealKeystore,
  signMessage,
  unwrapKey,
  verifySignature,
  WRAPPED_KEY_BYTES,
  wrapKey,
} from './index.ts';

function seeded(seed: string): Random {
  let counter = 0n;
  return {
    bytes: (length) => {
      const parts: number[] = [];
      while (parts.length < length)
        parts.push(...sha256(new Uint8Array([...utf8ToBytes(seed), ...u64ToBytes(counter++)])));
      return Uint8Array.from(parts.slice(0, length));
    },
  };
}

describe('identity keys', () => {
  it('derives the account that Ethereum wallets derive from the published BIP-39 sample', () => {
    const words =
      'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
    expect(addressToText(mnemonicToKeyPair(words).address)).toBe(
      '0x9858EfFD232B4033E47d90003D41EC34EcaEda94',
    );
  });

  it('writes EIP-55 and refuses a wrong checksum', () => {
    // The examples of EIP-55 itself.
    for (const text of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
      '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
      '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
    ]) {
      const address = parseAddress(text);
      expect(address && addressToText(address)).toBe(text);
      expect(parseAddress(text.toLowerCase())).toEqual(address);
    }
    expect(parseAddress('0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBeUndefined();
    expect(parseAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe')).toBeUndefined();
  });

  it('verifies its own signatures, and no malleated, truncated or foreign one', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), fc.nat(255), (message, flip) => {
        const pair = createKeyPair(sha256(utf8ToBytes('signer')));
        const signature = signMessage(pair.secretKey, message);
        expect(verifySignature(pair.publicKey, message, signature)).toBe(true);
        const s = BigInt(`0x${bytesToHex(signature.subarray(32))}`);
        const high = hexToBytes((order - s).toString(16).padStart(64, '0'));
        expect(
          verifySignature(pair.publicKey, message, new Uint8Array([...signature.subarray(0, 32), ...high])),
        ).toBe(false);
        expect(verifySignature(pair.publicKey, message, signature.subarray(0, 63))).toBe(false);
        const changed = signature.slice();
        changed[flip % 64] = (changed[flip % 64] ?? 0) ^ 1;
        expect(verifySignature(pair.publicKey, message, changed)).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses words that do not belong together', () => {
    const mnemonic = createMnemonic(seeded('words'));
    expect(unwrap(parseMnemonic(`  ${mnemonic.toUpperCase().replaceAll(' ', '\n')} `))).toBe(mnemonic);
    const swapped = parseMnemonic(mnemonic.split(' ').reverse().join(' '));
    expect(swapped.ok ? '' : swapped.fault.code).toBe('identity.mnemonic.invalid');
  });

  it('reads words as they are written and pasted', () => {
    const words = createMnemonic(seeded('pasted')).split(' ');
    const mnemonic = words.join(' ');
    const written = [
      words.map((word, index) => `${index + 1}. ${word}`).join('\n'),
      words.map((word, index) => `${index + 1}）${word.toUpperCase()}`).join('　'),
      words.join('，'),
      words.join(' , '),
      `\ufeff“${words.join('\u00a0 ')}”`,
      [...mnemonic]
        .map((letter) =>
          letter === ' ' ? '\u3000' : String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0),
        )
        .join(''),
    ];
    for (const text of written) expect(unwrap(parseMnemonic(text))).toBe(mnemonic);
  });

  it('says what is wrong with words, without repeating one', () => {
    const words = createMnemonic(seeded('wrong')).split(' ');
    const wrong: readonly (readonly [string, string, object | undefined])[] = [
      ['', 'identity.mnemonic.count', { count: 0 }],
      [words.slice(1).join(' '), 'identity.mnemonic.count', { count: 11 }],
      [[...words, ...words].slice(0, 13).join(' '), 'identity.mnemonic.count', { count: 13 }],
      [words.with(6, 'banananana').join(' '), 'identity.mnemonic.word', { position: 7 }],
      [words.with(0, '的').join(' '), 'identity.mnemonic.language', undefined],
      [words.with(0, 'слово').join(' '), 'identity.mnemonic.language', undefined],
      [words.with(2, 'académie').join(' '), 'identity.mnemonic.word', { position: 3 }],
    ];
    for (const [text, code, data] of wrong) {
      const result = parseMnemonic(text);
      expect(result.ok ? undefined : [result.fault.code, result.fault.data]).toEqual([code, data]);
      if (!result.ok)
        for (const word of words) expect(JSON.stringify(result.fault)).not.toContain(`"${word}"`);
    }
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = parseMnemonic(text);
        expect(result.ok ? '' : result.fault.code).toMatch(/^identity\.mnemonic\./);
      }),
    );
  });
});

describe('keystore', () => {
  const identity = createIdentity(createMnemonic(seeded('keystore')));
  const vault = { kind: 'vault', key: sha256(utf8ToBytes('vault')) } as const;

  it('holds a key that came without words', async () => {
    const { keyPair } = identity;
    const text = await sealKeystore({ keyPair }, vault, seeded('key'));
    expect(unwrap(await openKeystore(text, vault))).toEqual({ keyPair });
    const claimed = JSON.stringify({ ...JSON.parse(text), holds: undefined });
    expect((await openKeystore(claimed, vault)).ok).toBe(false);
  });

  it('opens with its secret only, and never holds the words in the open', async () => {
    const text = await sealKeystore(identity, vault, seeded('salt'));
    expect(unwrap(await openKeystore(text, vault)).mnemonic).toBe(identity.mnemonic ?? 'no words');
    for (const word of (identity.mnemonic ?? 'no words').split(' ')) expect(text).not.toContain(`"${word}"`);
    const wrong = await openKeystore(text, { kind: 'vault', key: sha256(utf8ToBytes('other')) });
    expect(wrong.ok ? '' : wrong.fault.code).toBe('identity.keystore.wrong-secret');
  });

  it('refuses a file whose address was changed, and junk', async () => {
    const text = await sealKeystore(identity, vault, seeded('salt'));
    const other = addressToText(createKeyPair(sha256(utf8ToBytes('x'))).address);
    const changed = text.replace(addressToText(identity.keyPair.address), other);
    expect((await openKeystore(changed, vault)).ok).toBe(false);
    await fc.assert(
      fc.asyncProperty(fc.string(), async (junk) => {
        const result = await openKeystore(junk, vault);
        expect(result.ok ? '' : result.fault.code).toBe('identity.keystore.malformed');
      }),
    );
  });
});

describe('wrapped keys', () => {
  const machine = createKeyPair(sha256(utf8ToBytes('machine')));
  const contentKey = sha256(utf8ToBytes('content key'));
  const context = utf8ToBytes('licence 1');
  const wrapped = wrapKey(contentKey, machine.publicKey, context, seeded('ephemeral'));

  it('opens for its machine and licence', () => {
    expect(wrapped.length).toBe(WRAPPED_KEY_BYTES);
    expect(unwrap(unwrapKey(wrapped, machine.secretKey, context))).toEqual(contentKey);
  });

  it('opens for no other machine, no other licence, and with no bit changed', () => {
    const other = createKeyPair(sha256(utf8ToBytes('other machine')));
    expect(unwrapKey(wrapped, other.secretKey, context).ok).toBe(false);
    expect(unwrapKey(wrapped, machine.secretKey, utf8ToBytes('licence 2')).ok).toBe(false);
    for (let i = 0; i < wrapped.length; i++) {
      const changed = wrapped.slice();
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(unwrapKey(changed, machine.secretKey, context).ok).toBe(false);
    }
  });
});
