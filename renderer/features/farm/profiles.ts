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

export const BAUD_RATES = {
  serial: [115_200, 250_000, 500_000, 1_000_000, 230_400, 57_600, 38_400],
  grbl: [115_200, 9_600, 57_600, 38_400, 19_200, 230_400, 250_000],
} as const;

/** In the order in which they are offered. */
export const CONNECTION_KINDS = [
  'virtual',
  'serial',
  'moonraker',
  'octoprint',
  'prusalink',
  'bambu',
  'grbl',
] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];
export type NetworkKind = Exclude<ConnectionKind, 'virtual' | 'serial' | 'grbl'>;

export function isNetworkKind(kind: ConnectionKind): kind is NetworkKind {
  return kind !== 'virtual' && !isCableKind(kind);
}

export function isCableKind(kind: ConnectionKind): kind is 'serial' | 'grbl' {
  return kind === 'serial' || kind === 'grbl';
}

/** Where a printer in the network is and who to be there, as typed. */
export type NetworkDraft = { readonly address: string; readonly user: string; readonly key: string };

/** What the console is told of it: PrusaLink knows users (none means that the key is an API key), Bambu a serial number. */
export function networkInput(driver: NetworkKind, { address, user, key }: NetworkDraft) {
  const named = driver === 'prusalink' || driver === 'bambu';
  return { driver, address: address.trim(), key, ...(named ? { user: user.trim() } : {}) };
}

export type CutterDraft = {
  readonly process: 'cnc' | 'laser';
  readonly toolSMax: number;
  readonly feedMmPerMinMax: number;
};

/** What most desktop machines of the kind ship with. */
export const CUTTERS: Readonly<Record<CutterDraft['process'], CutterDraft>> = {
  cnc: { process: 'cnc', toolSMax: 10_000, feedMmPerMinMax: 2_000 },
  laser: { process: 'laser', toolSMax: 1_000, feedMmPerMinMax: 6_000 },
};
/** Travel of the common small mill. */
const MILL_MM = { x: 300, y: 180, z: 45 };

export type MachineDraft = NetworkDraft & {
  readonly driver: ConnectionKind;
  readonly port: string;
  readonly baudRate: number;
  readonly profileId: string;
  readonly name: string;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm: number;
  readonly cutter: CutterDraft;
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
  cutter: CUTTERS.cnc,
  rate: '2',
  setup: '1',
  minimum: '0',
};

export type DraftProblem =
  | 'port'
  | 'address'
  | 'key'
  | 'serial'
  | 'name'
  | 'volume'
  | 'nozzle'
  | 'tool'
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
      ...(draft.driver === 'grbl' ? toolProblems(draft.cutter) : nozzleProblems(draft.nozzleUm)),
    ],
    rates,
  };
}

function nozzleProblems(nozzleUm: number): DraftProblem[] {
  return Number.isInteger(nozzleUm) && nozzleUm >= 100 && nozzleUm <= 2000 ? [] : ['nozzle'];
}

function toolProblems({ toolSMax, feedMmPerMinMax }: CutterDraft): DraftProblem[] {
  const within = (value: number, limit: number) => Number.isInteger(value) && value >= 1 && value <= limit;
  return within(toolSMax, 1_000_000) && within(feedMmPerMinMax, 100_000) ? [] : ['tool'];
}

function connectionProblems({ driver, port, address, user, key }: MachineDraft): DraftProblem[] {
  if (isCableKind(driver)) return port.trim() === '' ? ['port'] : [];
  if (!isNetworkKind(driver)) return [];
  // Moonraker may trust this computer without one.
  const needsKey = driver !== 'moonraker';
  return [
    ...(address.trim() === '' ? (['address'] as const) : []),
    ...(driver === 'bambu' && user.trim() === '' ? (['serial'] as const) : []),
    ...(needsKey && key === '' ? (['key'] as const) : []),
  ];
}

/** Another kind of connection; what cuts begins with the sizes of its kind. */
export function withDriver(draft: MachineDraft, driver: ConnectionKind): MachineDraft {
  const cuts = driver === 'grbl';
  // PrusaLink's usual user is nobody's serial number.
  const user = driver === 'bambu' ? '' : FIRST_DRAFT.user;
  if (cuts === (draft.driver === 'grbl')) return { ...draft, driver, user };
  const volumeMm = cuts ? MILL_MM : FIRST_DRAFT.volumeMm;
  return {
    ...draft,
    driver,
    user,
    volumeMm,
    profileId: cuts ? 'own' : FIRST_DRAFT.profileId,
    baudRate: 115_200,
  };
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
