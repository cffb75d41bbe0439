// Registered models: proven reads, publishing, previews for everybody, the file itself for its designer's console only.

import type { ModelAnalysisView, ModelView } from '../../api/index.ts';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, ok, parseHex, refuse } from '../../base/index.ts';
import { ModelState, modelKey } from '../../chain/index.ts';
import type { ContentCrypto } from '../../content/index.ts';
import { loadContent, loadPublic } from '../../content/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import type { FileBlockStore } from '../adapters/block-store.ts';
import type { MeshService } from '../adapters/mesh-service.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainIndex } from './chain-index.ts';
import type { ChainReader, Proven } from './chain-reader.ts';
import type { DraftRow, Drafts } from './drafts.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { Keyring } from './keyring.ts';
import { ownContentKey } from './keyring.ts';
import type { Parties } from './parties.ts';
import type { PreviewBundle } from './preview-bundle.ts';
import { parsePreviewBundle } from './preview-bundle.ts';
import type { Report } from './tasks.ts';

export const modelServiceFault = defineFaults('models', {
  'models.draft.unknown': {
    message: 'This draft is not here any more.',
    next: 'Drop the file again.',
  },
  'models.draft.not-ready': {
    message: 'This draft is not ready to be published.',
    next: 'Wait for the check to finish, or mend what it found.',
  },
  'models.draft.publishing': {
    message: 'This draft is being published.',
    next: 'Wait a moment; its page shows when it is done.',
  },
  'models.unknown': {
    message: 'No model with this id is registered on this network.',
    next: 'Go back to the market and choose another one.',
  },
  'models.key.missing': {
    message: 'This console does not hold the key of this model.',
    next: 'Ask for the quote on the console of its designer.',
  },
});

export type ModelParts = {
  readonly database: Sqlite;
  readonly chain: ChainClient;
  readonly blocks: FileBlockStore;
  readonly crypto: ContentCrypto;
  readonly keyring: Keyring;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly mesh: MeshService;
  readonly random: Random;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly index: ChainIndex;
  /** Lets other work run between chunks. */
  readonly pause: () => Promise<void>;
};

export type ModelTerms = {
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly priceMicroPerCopy: bigint;
};

export type OpenModel = { readonly model: ModelState; readonly key: Bytes; readonly file: Bytes };

export class Models {
  readonly #parts: ModelParts;
  readonly #drafts: Drafts;

  constructor(parts: ModelParts, drafts: Drafts) {
    this.#parts = parts;
    this.#drafts = drafts;
  }

  state(id: string): Promise<Result<Proven<ModelState>>> {
    return this.#stateBy(this.#parts.chain, id);
  }

  /** For what is shown: remembered where the chain cannot be reached. */
  knownState(id: string): Promise<Result<Proven<ModelState>>> {
    return this.#stateBy(this.#parts.chain.known, id);
  }

  async #stateBy(reader: ChainReader, id: string): Promise<Result<Proven<ModelState>>> {
    const hash = parseHex(id);
    if (hash === undefined || hash.length !== 32) return refuse(modelServiceFault('models.unknown'));
    const found = await reader.read(ModelState, modelKey(hash));
    if (!found.ok) return found;
    return found.value === undefined ? refuse(modelServiceFault('models.unknown')) : ok(found.value);
  }

  async get(id: string): Promise<Result<ModelView>> {
    const model = await this.knownState(id);
    return model.ok ? ok(await this.#view(model.value.value)) : model;
  }

  /** Newest first; every word of the search must occur in title, description or designer. */
  async list(search: string | undefined, designer: string | undefined): Promise<Result<ModelView[]>> {
    const { known: chain } = this.#parts.chain;
    const scope = designer === undefined ? undefined : parseAddress(designer);
    const ids = await (scope === undefined ? chain.list('models') : chain.list('models-of', scope));
    if (!ids.ok) return ids;
    const handedOver = scope === undefined ? ok([]) : await chain.list('models-acquired', scope);
    if (!handedOver.ok) return handedOver;
    const acquired = new Set(handedOver.value.map(bytesToHex));
    const registered = ids.value.filter((hash) => !acquired.has(bytesToHex(hash)));
    const views: ModelView[] = [];
    for (const hash of [...registered, ...handedOver.value]) {
      const model = await chain.read(ModelState, modelKey(hash));
      if (!model.ok) return model;
      if (model.value === undefined) continue;
      const view = await this.#view(model.value.value, acquired.has(bytesToHex(hash)));
      // A model that was handed on is its new owner's.
      if (scope === undefined || sameAddress(model.value.value.designer, scope)) views.push(view);
    }
    const words = (search ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const matches = (model: ModelView) => {
      const text = `${model.title} ${model.description} ${model.designer.name}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    return ok(views.filter(matches).reverse());
  }

  async publish(
    draftId: string,
    actor: string,
    terms: ModelTerms,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    const row = this.#drafts.row(draftId);
    if (row === undefined) return refuse(modelServiceFault('models.draft.unknown'));
    if (row.state !== 'ready' || row.analysis === null || row.design_hash === null || row.actor !== actor) {
      return refuse(modelServiceFault('models.draft.not-ready'));
    }
    report('registering', null);
    return this.#drafts.whilePublishing(draftId, () => this.#register(row, terms));
  }

  async #register(row: DraftRow, terms: ModelTerms): Promise<Result<{ readonly resultId: string }>> {
    const { chain, identities, bus } = this.#parts;
    const designHash = row.design_hash ?? '';
    const analysis = JSON.parse(row.analysis ?? '{}') as ModelAnalysisView;
    const registered = await chain.submit(identities.keyPair(row.actor), {
      type: 'model.register',
      designHash: hexToBytes(designHash),
      contentId: row.content_id ?? '',
      previewId: row.preview_id ?? '',
      ...terms,
      sizeUm: analysis.sizeUm,
      volumeMm3: Math.max(0, Math.round(analysis.volumeMm3)),
      watertight: analysis.watertight,
      triangles: analysis.triangles,
    });
    // A console killed right after the registration finds its own model there.
    if (!registered.ok) {
      const own = await this.#drafts.isRegistered(row);
      if (!own.ok || !own.value) return registered;
    }
    this.#drafts.update(row.id, { state: 'published' });
    bus.changed('models');
    return ok({ resultId: designHash });
  }

  /** Public thumbnail and coarse mesh. */
  async preview(id: string) {
    const model = await this.knownState(id);
    return model.ok ? loadPreview(this.#parts, model.value.value.previewId) : model;
  }

  /** The model's key and file, for its designer's own console only. */
  async open(id: string): Promise<Result<OpenModel>> {
    const { keyring, blocks, crypto } = this.#parts;
    const model = await this.state(id);
    if (!model.ok) return model;
    const key = keyring.get(model.value.value.contentId);
    if (key === undefined) return refuse(modelServiceFault('models.key.missing'));
    const file = loadContent(model.value.value.contentId, key, blocks, crypto);
    return file.ok ? ok({ model: model.value.value, key, file: file.value }) : file;
  }

  /** Finds the keys of an account's registered models again; how many can be read now, and how many cannot. */
  async restoreKeys(
    designer: string,
  ): Promise<Result<{ readonly restored: number; readonly missing: number }>> {
    const { chain, identities, keyring, blocks, crypto } = this.#parts;
    const { secretKey, address } = identities.keyPair(designer);
    const ids = await chain.list('models-of', address);
    if (!ids.ok) return ids;
    let restored = 0;
    for (const hash of ids.value) {
      const model = await chain.read(ModelState, modelKey(hash));
      if (!model.ok) return model;
      const contentId = model.value?.value.contentId ?? '';
      const key = keyring.get(contentId) ?? ownContentKey(secretKey, 'model', hash);
      if (!loadContent(contentId, key, blocks, crypto).ok) continue;
      keyring.put(contentId, key);
      restored++;
    }
    return ok({ restored, missing: ids.value.length - restored });
  }

  async #view(model: ModelState, acquired = false): Promise<ModelView> {
    const { parties, blocks, identities, keyring } = this.#parts;
    const id = bytesToHex(model.designHash);
    const designer = parties.ofBytes(model.designer);
    const own = identities.holds(designer.address);
    return {
      id,
      title: model.title,
      description: model.description,
      designer,
      licence: model.licence,
      priceMicroPerCopy: model.priceMicroPerCopy,
      sizeUm: { ...model.sizeUm },
      volumeMm3: model.volumeMm3,
      triangles: model.triangles,
      watertight: model.watertight,
      contentId: model.contentId,
      hasPreview: model.previewId !== '' && blocks.has(model.previewId),
      mine: own && keyring.has(model.contentId),
      acquired,
      copiesPrinted: model.copiesPrinted,
      earnedMicro: own ? await this.#earned(designer.address, model.designHash) : 0n,
      registered: {
        truth: 'verified',
        height: Number(model.registeredHeight),
        timeS: Number(model.registeredS),
      },
    };
  }

  /** What orders of this model paid its designer so far. */
  async #earned(designer: string, designHash: Bytes): Promise<bigint> {
    const { chain, index } = this.#parts;
    const orders = await chain.known.list('contracts-for', designHash);
    return orders.ok ? index.earnedFor(designer, orders.value.map(addressToText)) : 0n;
  }
}

export function loadPreview({ blocks, crypto }: ModelParts, previewId: string): Result<PreviewBundle> {
  const bundle = loadPublic(previewId, blocks, crypto);
  return bundle.ok ? parsePreviewBundle(bundle.value) : bundle;
}
