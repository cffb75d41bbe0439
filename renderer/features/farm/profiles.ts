// Printers that people own, as starting points for the wizard. Build volumes and nozzles are the makers' data.

export type MachineProfile = {
  readonly id: string;
  /** A name of the trade, the same in every language; absent where the profile is described in words. */
  readonly brand?: string;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm: number;
  readonly baudRate: number;
};

export const MACHINE_PROFILES: readonly MachineProfile[] = [
  { id: 'generic', volumeMm: { x: 220, y: 220, z: 250 }, nozzleUm: 400, baudRate: 115_200 },
  {
    id: 'ender3',
    brand: 'Creality Ender-3',
    volumeMm: { x: 220, y: 220, z: 250 },
    nozzleUm: 400,
    baudRate: 115_200,
  },
  {
    id: 'mk3s',
    brand: 'Prusa i3 MK3S+',
    volumeMm: { x: 250, y: 210, z: 210 },
    nozzleUm: 400,
    baudRate: 115_200,
  },
  {
    id: 'mini',
    brand: 'Prusa MINI+',
    volumeMm: { x: 180, y: 180, z: 180 },
    nozzleUm: 400,
    baudRate: 115_200,
  },
  {
    id: 'kobra2',
    brand: 'Anycubic Kobra 2',
    volumeMm: { x: 220, y: 220, z: 250 },
    nozzleUm: 400,
    baudRate: 115_200,
  },
  {
    id: 'sidewinder',
    brand: 'Artillery Sidewinder X2',
    volumeMm: { x: 300, y: 300, z: 400 },
    nozzleUm: 400,
    baudRate: 250_000,
  },
  {
    id: 'cr10',
    brand: 'Creality CR-10',
    volumeMm: { x: 300, y: 300, z: 400 },
    nozzleUm: 400,
    baudRate: 115_200,
  },
];

export const BAUD_RATES = [115_200, 250_000, 500_000, 1_000_000, 57_600] as const;

/** In the order in which they are offered. */
export const CONNECTION_KINDS = ['virtual', 'serial', 'moonraker', 'octoprint', 'prusalink'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];
export type NetworkKind = Exclude<ConnectionKind, 'virtual' | 'serial'>;

export function isNetworkKind(kind: ConnectionKind): kind is NetworkKind {
  return kind !== 'virtual' && kind !== 'serial';
}

/** Where a printer in the network is and who to be there, as typed. */
export type NetworkDraft = { readonly address: string; readonly user: string; readonly key: string };

/** What the console is told of it: PrusaLink alone knows users, and no user means that the key is an API key. */
export function networkInput(driver: NetworkKind, { address, user, key }: NetworkDraft) {
  return { driver, address: address.trim(), key, ...(driver === 'prusalink' ? { user: user.trim() } : {}) };
}

export type MachineDraft = NetworkDraft & {
  readonly driver: ConnectionKind;
  readonly port: string;
  readonly baudRate: number;
  readonly profileId: string;
  readonly name: string;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm: number;
  /** As typed, in tokens. */
  readonly rate: string;
  readonly setup: string;
  readonly minimum: string;
};

export const FIRST_DRAFT: MachineDraft = {
  driver: 'virtual',
  port: '',
  address: '',
  user: 'maker',
  key: '',
  baudRate: 115_200,
  profileId: 'generic',
  name: '',
  volumeMm: { x: 220, y: 220, z: 250 },
  nozzleUm: 400,
  rate: '2',
  setup: '1',
  minimum: '0',
};

export type DraftProblem =
  | 'port'
  | 'address'
  | 'key'
  | 'name'
  | 'volume'
  | 'nozzle'
  | 'rate'
  | 'setup'
  | 'minimum';

const NAME_CHARS_MAX = 64;

/** What is still wrong on each step of the wizard. */
export function problemsOf(
  draft: MachineDraft,
  parseMicro: (text: string) => bigint | undefined,
): { readonly connection: DraftProblem[]; readonly profile: DraftProblem[]; readonly rates: DraftProblem[] } {
  const { x, y, z } = draft.volumeMm;
  const name = draft.name.trim();
  const rates = (['rate', 'setup', 'minimum'] as const).filter(
    (field) => parseMicro(draft[field]) === undefined,
  );
  return {
    connection: connectionProblems(draft),
    profile: [
      ...(name === '' || name.length > NAME_CHARS_MAX ? (['name'] as const) : []),
      ...([x, y, z].every((side) => Number.isInteger(side) && side >= 20 && side <= 2000)
        ? []
        : (['volume'] as const)),
      ...(Number.isInteger(draft.nozzleUm) && draft.nozzleUm >= 100 && draft.nozzleUm <= 2000
        ? []
        : (['nozzle'] as const)),
    ],
    rates,
  };
}

function connectionProblems({ driver, port, address, key }: MachineDraft): DraftProblem[] {
  if (driver === 'serial') return port === '' ? ['port'] : [];
  if (!isNetworkKind(driver)) return [];
  // Moonraker may trust this computer without one.
  const needsKey = driver !== 'moonraker';
  return [
    ...(address.trim() === '' ? (['address'] as const) : []),
    ...(needsKey && key === '' ? (['key'] as const) : []),
  ];
}

/** The profile's data; a name the person already gave stays. */
export function withProfile(draft: MachineDraft, profileId: string): MachineDraft {
  const profile = MACHINE_PROFILES.find(({ id }) => id === profileId);
  if (profile === undefined) return draft;
  const brands = MACHINE_PROFILES.map(({ brand }) => brand);
  const named = draft.name !== '' && !brands.includes(draft.name);
  return {
    ...draft,
    profileId,
    volumeMm: profile.volumeMm,
    nozzleUm: profile.nozzleUm,
    baudRate: profile.baudRate,
    name: named ? draft.name : (profile.brand ?? draft.name),
  };
}
