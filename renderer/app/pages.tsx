// The pages and where they are found. Each is its own chunk, loaded when first visited or when the machine is idle.
// A feature's page takes no properties: it reads what it needs from useRoute().

import {
  Boxes,
  Factory,
  House,
  KeyRound,
  type LucideIcon,
  MessageCircle,
  Network,
  PackageCheck,
  ScrollText,
  Settings as SettingsIcon,
  Shapes,
  Store,
  Wallet,
} from 'lucide-react';
import { type ComponentType, lazy } from 'react';
import type { Role } from '../../node-core/api/index.ts';

export type PageId =
  | 'market'
  | 'products'
  | 'studio'
  | 'orders'
  | 'farm'
  | 'messages'
  | 'paradigms'
  | 'wallet'
  | 'network'
  | 'settings'
  | 'recover'
  | 'welcome';

export type PageEntry = {
  readonly id: PageId;
  readonly path: string;
  readonly icon: LucideIcon;
  readonly Page: ComponentType;
  readonly preload: () => Promise<unknown>;
  /** Pressed together with Alt and Shift. */
  readonly key?: string;
};

function entry(id: PageId, icon: LucideIcon, load: () => Promise<ComponentType>, key?: string): PageEntry {
  const Page = lazy(async () => ({ default: await load() }));
  return { id, path: `/${id}`, icon, Page, preload: load, ...(key === undefined ? {} : { key }) };
}

export const PAGES: Readonly<Record<PageId, PageEntry>> = {
  market: entry('market', Store, async () => (await import('../features/market/index.ts')).MarketPage, 'M'),
  products: entry(
    'products',
    Boxes,
    async () => (await import('../features/products/index.ts')).ProductsPage,
    'B',
  ),
  studio: entry('studio', Shapes, async () => (await import('../features/studio/index.ts')).StudioPage, 'S'),
  orders: entry(
    'orders',
    PackageCheck,
    async () => (await import('../features/orders/index.ts')).OrdersPage,
    'O',
  ),
  farm: entry('farm', Factory, async () => (await import('../features/farm/index.ts')).FarmPage, 'F'),
  messages: entry(
    'messages',
    MessageCircle,
    async () => (await import('../features/messages/index.ts')).MessagesPage,
    'C',
  ),
  paradigms: entry(
    'paradigms',
    ScrollText,
    async () => (await import('../features/paradigms/index.ts')).ParadigmsPage,
    'P',
  ),
  wallet: entry('wallet', Wallet, async () => (await import('../features/wallet/index.ts')).WalletPage, 'W'),
  network: entry(
    'network',
    Network,
    async () => (await import('../features/network/index.ts')).NetworkPage,
    'N',
  ),
  settings: entry(
    'settings',
    SettingsIcon,
    async () => (await import('../features/settings/index.ts')).SettingsPage,
  ),
  recover: entry('recover', KeyRound, async () => (await import('../features/recover/index.ts')).RecoverPage),
  welcome: entry('welcome', House, async () => (await import('../features/welcome/index.ts')).WelcomePage),
};

/** What each role does most, in the order of the rail; the rest follows below it. */
const RAIL: Readonly<Record<Role, readonly PageId[]>> = {
  designer: ['studio', 'market', 'products', 'orders'],
  owner: ['farm', 'orders', 'market'],
  buyer: ['market', 'products', 'orders'],
};
const REST: readonly PageId[] = ['market', 'products', 'studio', 'farm', 'orders'];
const COMMON: readonly PageId[] = ['messages', 'paradigms', 'wallet', 'network', 'settings'];

export type RailGroups = {
  readonly main: readonly PageEntry[];
  readonly common: readonly PageEntry[];
  readonly others: readonly PageEntry[];
};

export function railOf(role: Role): RailGroups {
  const main = RAIL[role];
  const pick = (ids: readonly PageId[]): PageEntry[] => ids.map((id) => PAGES[id]);
  return { main: pick(main), common: pick(COMMON), others: pick(REST.filter((id) => !main.includes(id))) };
}

/** Pages of one role alone: whoever opens one acts in that role. */
const PAGE_ROLES: Readonly<Partial<Record<PageId, Role>>> = { studio: 'designer', farm: 'owner' };

export function roleOf(page: PageId): Role | undefined {
  return PAGE_ROLES[page];
}

/** Where a role begins. */
export function homeOf(role: Role): string {
  return PAGES[RAIL[role][0] ?? 'market'].path;
}

export function pageOf(segments: readonly string[]): PageEntry | undefined {
  const [first = ''] = segments;
  return Object.hasOwn(PAGES, first) ? PAGES[first as PageId] : undefined;
}
