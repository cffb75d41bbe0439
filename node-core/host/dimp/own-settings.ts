// What is set in the chats of one account: drafts, names of contacts, who is muted or blocked. Other devices of the account hear of
// every change, of what was changed while they could not be reached, and, when they are new, of all of it; on each the
// newest counts. What they say is taken, and not told again.

import type { Clock } from '../../base/index.ts';
import type { ChatSettings, JsonObject, SettingName } from '../../dimp/index.ts';
import { isNewerSetting, SETTING_NAMES, SETTINGS_MAX, settingsFields } from '../../dimp/index.ts';
import type { ChatState, ChatStore } from './chat-store.ts';

export type OwnSettingsParts = {
  readonly owner: string;
  readonly store: ChatStore;
  readonly clock: Clock;
  /** Terminals of the account's other devices. */
  readonly others: () => readonly string[];
  /** Puts it on its way to them; false while the station is away. */
  readonly tell: (fields: JsonObject) => boolean;
  readonly changed: (chat: string) => void;
  /** Whom the account does not want to hear from is not the same any more. */
  readonly blocked: (chat: string) => void;
};

/** A device whose clock runs ahead sets nothing for the future. */
const AHEAD_MS = 60_000;

const settingOf = (name: SettingName, state: ChatState): string | boolean => state[name];

export class OwnSettings {
  readonly #parts: OwnSettingsParts;

  constructor(parts: OwnSettingsParts) {
    this.#parts = parts;
  }

  setDraft(chat: string, text: string): void {
    this.#set(chat, 'draft', text);
  }

  setName(chat: string, name: string): void {
    const { owner, store } = this.#parts;
    const isNew = store.chat(owner, chat) === undefined;
    store.addChat(owner, chat);
    this.#set(chat, 'name', name, isNew);
  }

  setMuted(chat: string, muted: boolean): void {
    this.#set(chat, 'muted', muted);
  }

  setBlocked(chat: string, blocked: boolean): void {
    this.#set(chat, 'blocked', blocked);
  }

  /** Tells what is untold, where somebody can hear it: the station is there, or a device came. */
  tell(): void {
    const { owner, store, others, tell } = this.#parts;
    const devices = others();
    const known = store.choice(this.#knownName());
    const now = devices.toSorted().join(' ');
    const isNew = devices.some((terminal) => known?.split(' ').includes(terminal) !== true);
    const untold = new Set(this.#untold());
    const all = store.chats(owner).map((state) => this.#settingsOf(state));
    const due = all.filter((one) => Object.keys(one).length > 1 && (isNew || untold.has(one.chat)));
    if (devices.length > 0)
      for (let at = 0; at < due.length; at += SETTINGS_MAX)
        if (!tell(settingsFields(due.slice(at, at + SETTINGS_MAX)))) return;
    if (known !== now) store.putChoice(this.#knownName(), now);
    if (untold.size > 0) store.putChoice(this.#untoldName(), undefined);
  }

  /** Another device of the account says what is set. */
  hear(settings: readonly ChatSettings[]): void {
    const { owner, store, clock, changed } = this.#parts;
    const latestMs = clock.nowMs() + AHEAD_MS;
    for (const { chat, ...heard } of settings) {
      for (const name of SETTING_NAMES) {
        const setting = heard[name];
        if (setting === undefined) continue;
        const state = store.chat(owner, chat);
        const value = state === undefined ? '' : settingOf(name, state);
        const here = { atMs: this.#atMs(chat, name), value };
        const atMs = Math.min(setting.atMs, latestMs);
        if (!isNewerSetting({ ...setting, atMs }, here)) continue;
        const isPerson = chat.startsWith('p:');
        if (name === 'blocked' && !isPerson) continue;
        // Whom somebody has named or blocked there is a contact here too; a draft makes no chat.
        if (isPerson && (name === 'name' || name === 'blocked')) store.addChat(owner, chat);
        if (store.chat(owner, chat) === undefined) continue;
        this.#put(chat, name, setting.value, atMs);
      }
      changed(chat);
    }
  }

  #set(chat: string, name: SettingName, value: string | boolean, isNew = false): void {
    const { owner, store, clock } = this.#parts;
    const state = store.chat(owner, chat);
    if (state === undefined || (!isNew && settingOf(name, state) === value)) return;
    // Later than what it takes the place of, whatever the clock says.
    this.#put(chat, name, value, Math.max(Math.trunc(clock.nowMs()), this.#atMs(chat, name) + 1));
    const untold = this.#untold();
    if (!untold.includes(chat)) store.putChoice(this.#untoldName(), JSON.stringify([...untold, chat]));
    this.tell();
  }

  #put(chat: string, name: SettingName, value: string | boolean, atMs: number): void {
    const { owner, store } = this.#parts;
    store.transact(() => {
      if (name === 'draft') store.saveDraft(owner, chat, String(value));
      else if (name === 'name') store.nameChat(owner, chat, String(value));
      else if (name === 'muted') store.mute(owner, chat, value === true);
      else store.block(owner, chat, value === true);
      store.putChoice(this.#atName(chat, name), String(atMs));
    });
    if (name === 'blocked') this.#parts.blocked(chat);
  }

  #settingsOf(state: ChatState): ChatSettings {
    const set = SETTING_NAMES.flatMap((name) => {
      const value = settingOf(name, state);
      // What was set before anybody noted when.
      const atMs = this.#atMs(state.chat, name) || (value === '' || value === false ? 0 : 1);
      return atMs === 0 ? [] : [[name, { atMs, value }] as const];
    });
    return { chat: state.chat, ...Object.fromEntries(set) };
  }

  #untold(): readonly string[] {
    const text = this.#parts.store.choice(this.#untoldName());
    return text === undefined ? [] : (JSON.parse(text) as string[]);
  }

  #atMs(chat: string, name: SettingName): number {
    return Number(this.#parts.store.choice(this.#atName(chat, name)) ?? 0);
  }

  #atName = (chat: string, name: SettingName): string => `set/${this.#parts.owner}/${name}/${chat}`;
  #untoldName = (): string => `untold/${this.#parts.owner}`;
  #knownName = (): string => `told/${this.#parts.owner}`;
}
