// Files that were dropped and not published yet: encrypted and stored at once, analysed in a worker, kept over restarts.
// Nothing of a draft is public.

import type { DraftView, ModelAnalysisView } from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, hexToBytes, ok, refuse } from '../../base/index.ts';
import { ModelState, modelKey } from '../../chain/index.ts';
import { contentBlocks, loadContent, storeContent, storePublic } from '../../content/index.ts';
import type { MeshWork } from '../adapters/mesh-service.ts';
import { ownContentKey } from './keyring.ts';
import type { ModelParts } from './models.ts';
import { loadPreview, modelServiceFault } from './models.ts';
import { encodePreviewBundle } from './preview-bundle.ts';
import type { Report } from './tasks.ts';
import { faultView, isCancelled, stopFault } from './tasks.ts';
import type { FinishedUpload } from './uploads.ts';

export type DraftRow = {
  readonly id: string;
  readonly actor: string;
  readonly file_name: string;
  readonly size_bytes: number;
  readonly created_ms: number;
  readonly state: DraftView['state'];
  readonly design_hash: string | null;
  readonly content_id: string | null;
  readonly preview_id: string | null;
  readonly mesh_id: string | null;
  readonly analysis: string | null;
  readonly fault: string | null;
};

export class Drafts {
  readonly #parts: ModelParts;
  readonly #publishing = new Set<string>();
  /** Ends the check of a draft that is removed meanwhile. */
  readonly #stops = new Map<string, () => void>();

  constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  row(id: string): DraftRow | undefined {
    return this.#parts.database.prepare<[string], DraftRow>('SELECT * FROM drafts WHERE id = ?').get(id);
  }

  update(id: string, columns: Partial<Omit<DraftRow, 'id'>>): void {
    const assignments = Object.keys(columns).map((name) => `${name} = @${name}`);
    this.#parts.database
      .prepare(`UPDATE drafts SET ${assignments.join(', ')} WHERE id = @id`)
      .run({ ...columns, id });
    this.#parts.bus.changed('drafts', id);
  }

  /** Stores the file encrypted, then the draft row: a crash before the row leaves only unreachable blocks. */
  async create(upload: FinishedUpload): Promise<string> {
    const { random, crypto, blocks, pause, keyring, identities, database, clock, bus } = this.#parts;
    const id = bytesToHex(random.bytes(16));
    const hash = crypto.sha256(upload.bytes);
    const designHash = bytesToHex(hash);
    const key = ownContentKey(identities.keyPair(upload.actor).secretKey, 'model', hash);
    const contentId = await storeContent({ file: upload.bytes, key, store: blocks, random, crypto, pause });
    keyring.put(contentId, key);
    database
      .prepare(
        `INSERT INTO drafts (id, actor, file_name, size_bytes, created_ms, state, design_hash, content_id)
         VALUES (?, ?, ?, ?, ?, 'analysing', ?, ?)`,
      )
      .run(id, upload.actor, upload.fileName, upload.bytes.length, clock.nowMs(), designHash, contentId);
    bus.changed('drafts', id);
    return id;
  }

  /** Measures the draft; a cancelled analysis removes it. */
  async analyse(
    id: string,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    const row = this.row(id);
    if (row === undefined) return refuse(modelServiceFault('models.draft.unknown'));
    const file = this.#load(row.content_id ?? '');
    if (!file.ok) return file;
    const analysed = await this.#parts.mesh.analyseModel(file.value, row.file_name, {
      signal,
      onProgress: report,
    });
    if (isCancelled(signal)) await this.remove(id);
    // Removed meanwhile, or the console closes and goes on with it at the next start.
    if (signal.aborted || this.row(id) === undefined) return refuse(stopFault(signal));
    if (!analysed.ok) {
      this.update(id, { state: 'refused', fault: JSON.stringify(faultView(analysed.fault)) });
      return analysed;
    }
    const { preview, thumbnail, mesh } = analysed.value;
    const { blocks, crypto, keyring, identities, random, pause } = this.#parts;
    const previewId = storePublic(encodePreviewBundle({ thumbnail, mesh: preview }), blocks, crypto);
    const { secretKey } = identities.keyPair(row.actor);
    const key = ownContentKey(secretKey, 'mesh', hexToBytes(row.design_hash ?? ''));
    const meshId = await storeContent({ file: mesh, key, store: blocks, random, crypto, pause });
    if (this.row(id) === undefined) {
      this.#forgetContent(meshId);
      return refuse(modelServiceFault('models.draft.unknown'));
    }
    keyring.put(meshId, key);
    this.update(id, {
      state: 'ready',
      analysis: JSON.stringify(analysisView(analysed.value)),
      mesh_id: meshId,
      preview_id: previewId,
    });
    return ok({ resultId: id });
  }

  /** The keys of an account's drafts, where this console's vault has lost them. */
  restoreKeys(actor: string): void {
    const { keyring, identities } = this.#parts;
    const { secretKey } = identities.keyPair(actor);
    const rows = this.#parts.database
      .prepare('SELECT * FROM drafts WHERE actor = ?')
      .all(actor) as DraftRow[];
    for (const { design_hash, content_id, mesh_id } of rows) {
      if (design_hash === null) continue;
      const hash = hexToBytes(design_hash);
      if (content_id !== null && !keyring.has(content_id))
        keyring.put(content_id, ownContentKey(secretKey, 'model', hash));
      if (mesh_id !== null && !keyring.has(mesh_id))
        keyring.put(mesh_id, ownContentKey(secretKey, 'mesh', hash));
    }
  }

  /** Drafts whose analysis a restart interrupted. */
  interrupted(): DraftRow[] {
    const rows = this.#parts.database
      .prepare("SELECT * FROM drafts WHERE state = 'analysing'")
      .all() as DraftRow[];
    // A locked account's drafts wait for its recovery words.
    return rows.filter(({ actor }) => this.#parts.identities.holds(actor));
  }

  async get(id: string): Promise<Result<DraftView>> {
    const row = this.row(id);
    return row === undefined ? refuse(modelServiceFault('models.draft.unknown')) : ok(await this.#view(row));
  }

  async list(actor: string): Promise<DraftView[]> {
    const select = this.#parts.database.prepare(
      'SELECT * FROM drafts WHERE actor = ? ORDER BY created_ms DESC',
    );
    return Promise.all((select.all(actor) as DraftRow[]).map((row) => this.#view(row)));
  }

  /** Removes a draft with everything stored for it. What was published stays: others rely on it. */
  async remove(id: string): Promise<Result<void>> {
    const { database, bus } = this.#parts;
    if (this.#publishing.has(id)) return refuse(modelServiceFault('models.draft.publishing'));
    const row = this.row(id);
    if (row === undefined || row.state === 'published') return ok(undefined);
    const registered = await this.isRegistered(row);
    if (!registered.ok) return registered;
    if (registered.value) {
      this.update(id, { state: 'published' });
      return ok(undefined);
    }
    if (this.#publishing.has(id)) return refuse(modelServiceFault('models.draft.publishing'));
    database.prepare("DELETE FROM drafts WHERE id = ? AND state <> 'published'").run(id);
    for (const contentId of [row.content_id, row.mesh_id])
      if (contentId !== null) this.#forgetContent(contentId);
    if (row.preview_id !== null && !this.#isPreviewUsed(row.preview_id))
      this.#parts.blocks.remove(row.preview_id);
    bus.changed('drafts', id);
    this.#stops.get(id)?.();
    this.#stops.delete(id);
    return ok(undefined);
  }

  /** Once the draft is removed, nobody wants its check any more. */
  whenRemoved(id: string, stop: () => void): void {
    this.#stops.set(id, stop);
  }

  /** Runs the work with the draft held: it is neither removed nor published twice meanwhile. */
  async whilePublishing<T>(id: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#publishing.has(id)) return refuse(modelServiceFault('models.draft.publishing'));
    this.#publishing.add(id);
    try {
      return await work();
    } finally {
      this.#publishing.delete(id);
    }
  }

  /** True where the chain holds this very upload: not only the same file, but the one stored here. */
  async isRegistered(row: DraftRow): Promise<Result<boolean>> {
    if (row.design_hash === null) return ok(false);
    const found = await this.#parts.chain.read(ModelState, modelKey(hexToBytes(row.design_hash)));
    return found.ok ? ok(found.value?.value.contentId === row.content_id) : found;
  }

  /** At start: drafts that were registered in the moment before a crash are published. */
  async markRegistered(): Promise<void> {
    const rows = this.#parts.database
      .prepare("SELECT * FROM drafts WHERE state = 'ready'")
      .all() as DraftRow[];
    for (const row of rows) {
      const registered = await this.isRegistered(row);
      if (registered.ok && registered.value) this.update(row.id, { state: 'published' });
    }
  }

  /** The key first: blocks without it are noise, should a crash leave them. */
  #forgetContent(contentId: string): void {
    const { keyring, blocks } = this.#parts;
    keyring.remove(contentId);
    const stored = contentBlocks(contentId, blocks);
    for (const [id] of stored.ok ? [...stored.value].reverse() : []) blocks.remove(id);
  }

  /** Previews are public and stored under their own hash, so two drafts of one file share theirs. */
  #isPreviewUsed(previewId: string): boolean {
    return (
      this.#parts.database.prepare('SELECT 1 FROM drafts WHERE preview_id = ?').get(previewId) !== undefined
    );
  }

  /** Thumbnail and coarse mesh as they would be published. */
  preview(id: string) {
    return loadPreview(this.#parts, this.row(id)?.preview_id ?? '');
  }

  /** The whole mesh in the compact codec, for its designer's viewer. */
  mesh(id: string): Result<Bytes> {
    return this.#load(this.row(id)?.mesh_id ?? '');
  }

  #load(contentId: string): Result<Bytes> {
    const { keyring, blocks, crypto } = this.#parts;
    const key = keyring.get(contentId);
    if (key === undefined) return refuse(modelServiceFault('models.key.missing'));
    return loadContent(contentId, key, blocks, crypto);
  }

  async #view(row: DraftRow): Promise<DraftView> {
    const { chain, parties } = this.#parts;
    const base: DraftView = {
      id: row.id,
      fileName: row.file_name,
      sizeBytes: row.size_bytes,
      createdMs: row.created_ms,
      state: row.state,
      ...(row.design_hash === null ? {} : { designHash: row.design_hash }),
      ...(row.analysis === null ? {} : { analysis: JSON.parse(row.analysis) as ModelAnalysisView }),
      ...(row.fault === null ? {} : { fault: JSON.parse(row.fault) as NonNullable<DraftView['fault']> }),
    };
    if (row.design_hash === null || row.state === 'published') return base;
    const registered = await chain.read(ModelState, modelKey(hexToBytes(row.design_hash)));
    if (!registered.ok || registered.value === undefined) return base;
    const { designer, registeredHeight, registeredS } = registered.value.value;
    const before = {
      designer: parties.ofBytes(designer),
      height: Number(registeredHeight),
      timeS: Number(registeredS),
    };
    return { ...base, registeredBefore: before };
  }
}

function analysisView({ measure, format }: MeshWork): ModelAnalysisView {
  return {
    format,
    sizeUm: { ...measure.sizeUm },
    volumeMm3: measure.volumeMm3,
    areaMm2: measure.areaMm2,
    triangles: measure.triangles,
    shells: measure.shells,
    watertight: measure.watertight,
    problems: measure.problems.map(({ code, count }) => ({ code, count })),
  };
}
