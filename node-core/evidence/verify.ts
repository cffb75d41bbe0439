// Checks an evidence file link by link, offline: form → headers → design → machine → order → quote → licence → G-code →
// telemetry (→ release, where what the machine signed to the releaser of the file is at hand) → payment → seal. Each link names what it proved; the first that does not hold is the broken one.
// What it cannot prove: that the block it begins at is the network's (compare its hash with a source of your own), and
// that the parts in the parcel are the parts that were printed.

import type { Bytes } from '../base/index.ts';
import { bytesToHex, equalBytes, microToDecimal, sha256 } from '../base/index.ts';
import type { VerifySignature } from '../identity/index.ts';
import { addressToText } from '../identity/index.ts';
import type { Facts } from './facts.ts';
import { openFacts } from './facts.ts';
import type { Evidence } from './file.ts';
import { isSealed, parseEvidence } from './file.ts';
import { LinkBroken } from './link.ts';
import {
  checkGcodeLink,
  checkLicence,
  checkOrder,
  checkPayment,
  checkQuoteLink,
  checkReleaseLink,
  checkTelemetry,
} from './links.ts';

export type EvidenceLink = { readonly name: string; readonly ok: boolean; readonly detail: string };

export type EvidenceReport = {
  readonly ok: boolean;
  readonly orderId: string;
  readonly chainId: string;
  readonly trust: { readonly height: number; readonly hash: string };
  readonly links: readonly EvidenceLink[];
  /** Name of the first broken link. */
  readonly broken?: string;
};

export type VerifyEvidenceOptions = {
  /** Hash of the block that the file must begin at. */
  readonly trustHash?: Bytes;
  /** A model file that must be the one ordered. */
  readonly model?: Bytes;
  /** What the machine signed to the console that released the print file; adds the link "release". */
  readonly release?: Bytes;
  /** Of signatures in `release`; for who checked them before. */
  readonly verifyRelease?: VerifySignature;
};

/** Never throws, whatever the bytes. Links after the first broken one are not listed: nothing they say would count. */
export function verifyEvidence(file: Bytes, options: VerifyEvidenceOptions = {}): EvidenceReport {
  const parsed = parseEvidence(file);
  if (!parsed.ok) {
    const links = [{ name: 'form', ok: false, detail: parsed.fault.message }];
    return { ok: false, orderId: '', chainId: '', trust: { height: 0, hash: '' }, links, broken: 'form' };
  }
  const evidence = parsed.value;
  const links: EvidenceLink[] = [
    { name: 'form', ok: true, detail: `${file.length} bytes, one canonical value` },
  ];
  const broken = runLinks(evidence, options, links);
  const trust = { height: Number(evidence.trust.height), hash: bytesToHex(evidence.trust.hash) };
  const head = { orderId: addressToText(evidence.order), chainId: evidence.chainId, trust, links };
  return broken === undefined ? { ok: true, ...head } : { ok: false, ...head, broken };
}

function runLinks(
  evidence: Evidence,
  options: VerifyEvidenceOptions,
  links: EvidenceLink[],
): string | undefined {
  let facts: Facts | undefined;
  const checks: readonly (readonly [string, () => string])[] = [
    [
      'headers',
      () => {
        facts = openFacts(evidence, options.trustHash);
        return `${facts.headers.size} headers from block ${evidence.trust.height}, ${facts.signatures} signatures`;
      },
    ],
    ['design', () => checkDesign(required(facts), options.model)],
    [
      'machine',
      () =>
        `${addressToText(required(facts).contract.machine)} of ${addressToText(required(facts).machine.owner)}`,
    ],
    ['order', () => checkOrder(required(facts))],
    ['quote', () => checkQuoteLink(required(facts))],
    ['licence', () => checkLicence(required(facts))],
    ['gcode', () => checkGcodeLink(required(facts))],
    ['telemetry', () => checkTelemetry(required(facts), evidence)],
    ...releaseCheck(evidence, options, () => required(facts)),
    ['payment', () => checkPayment(required(facts))],
    [
      'seal',
      () => {
        if (!isSealed(evidence)) throw new LinkBroken('the seal does not belong to this content');
        return bytesToHex(evidence.seal).slice(0, 16);
      },
    ],
  ];
  for (const [name, check] of checks) {
    try {
      links.push({ name, ok: true, detail: check() });
    } catch (error) {
      // Whatever a hostile file makes a check trip over is a broken link, not a crash.
      const detail = error instanceof LinkBroken ? error.message : 'the records contradict each other';
      const broken = error instanceof LinkBroken ? (error.link ?? name) : name;
      links.push({ name: broken, ok: false, detail });
      return broken;
    }
  }
  return undefined;
}

function releaseCheck(
  evidence: Evidence,
  { release, verifyRelease }: VerifyEvidenceOptions,
  facts: () => Facts,
): readonly (readonly [string, () => string])[] {
  if (release === undefined) return [];
  return [['release', () => checkReleaseLink(facts(), evidence, release, verifyRelease)]];
}

function required(facts: Facts | undefined): Facts {
  if (facts === undefined) throw new LinkBroken('the headers were not verified');
  return facts;
}

function checkDesign(facts: Facts, model: Bytes | undefined): string {
  const { contract, model: registered } = facts;
  if (!equalBytes(registered.designHash, contract.designHash))
    throw new LinkBroken('another design was ordered than registered');
  if (model !== undefined && !equalBytes(sha256(model), contract.designHash)) {
    throw new LinkBroken('the given model file is not the one that was ordered');
  }
  const price = microToDecimal(registered.priceMicroPerCopy);
  return `"${registered.title}" ${bytesToHex(contract.designHash).slice(0, 16)}, first registered by ${addressToText(registered.designer)} at height ${registered.registeredHeight}, ${price} DPN a copy`;
}
