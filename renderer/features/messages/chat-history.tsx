// What was said in a chat. However long it is, the page holds a window of it, a few hundred lines around what is looked at,
// and moves that window as one reads on; what is on the screen stays where it is.

import { Button } from '@mantine/core';
import { ArrowDown } from 'lucide-react';
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatView, TimelineStep } from '../../../node-core/api/index.ts';
import { type ApiQuery, api, useApiQuery, useRoute } from '../../bridge/index.ts';
import { linesOf } from './lines.ts';
import { Lines } from './message-lines.tsx';
import styles from './messages.module.css';

/** So near to an end of the window, in pixels, the next part is fetched. */
const NEAR_PX = 400;
/** So near to the newest message one reads along with what comes. */
const END_PX = 40;

/** Which part of the history is looked at. */
export type ChatPlace = {
  /** The message in the middle; undefined at the newest. */
  readonly center: number | undefined;
  readonly setCenter: (center: number | undefined) => void;
  /** The message to be shown next, wherever it is. */
  readonly wanted: number | undefined;
  readonly jump: (id: number) => void;
  /** It is on the screen. */
  readonly found: () => void;
};

export function useChatWindow(
  actor: string,
  chat: string,
): { readonly view: ApiQuery<ChatView>; readonly place: ChatPlace } {
  const at = Number(useRoute().query.get('at') ?? 0);
  const first = Number.isSafeInteger(at) && at > 0 ? at : undefined;
  const [center, setCenter] = useState(first);
  const [wanted, setWanted] = useState(first);
  const found = useCallback(() => setWanted(undefined), []);
  const jump = useCallback((id: number) => {
    setCenter(id);
    setWanted(id);
  }, []);
  useEffect(() => {
    if (first !== undefined) jump(first);
  }, [first, jump]);
  const view = useApiQuery(
    ['messages', 'get', actor, chat, center],
    ({ signal }) =>
      api.messages.get({ actor, chat, ...(center === undefined ? {} : { around: center }) }, { signal }),
    { keepPrevious: true },
  );
  return { view, place: { center, setCenter, wanted, jump, found } };
}

type Props = {
  readonly actor: string;
  readonly view: ChatView;
  readonly isFetching: boolean;
  readonly timeline: readonly TimelineStep[];
  readonly place: ChatPlace;
};

export function ChatHistory({ actor, view, isFetching, timeline, place }: Props) {
  const intl = useIntl();
  const box = useRef<HTMLDivElement>(null);
  const { messages, hasOlder, hasNewer } = view;
  const newest = messages.at(-1);
  const scroll = useScroll(box, view, isFetching, place);
  useMarkRead(actor, view, scroll.isAtEnd ? (newest?.id ?? 0) : 0);
  // Of a part that ends before the newest message, what happened later comes with later parts.
  const steps = timeline.filter(
    ({ timeS, anchor }) => !hasNewer || (timeS ?? anchor.timeS ?? 0) * 1000 < (newest?.atMs ?? 0),
  );
  const lines = linesOf(messages, steps, hasOlder, (atMs) => intl.formatDate(atMs, { dateStyle: 'full' }));
  return (
    <div className={styles['historyFrame']}>
      <div
        ref={box}
        className={styles['history']}
        role="log"
        aria-label={intl.formatMessage({ id: 'messages.history' })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        onScroll={scroll.onScroll}
        onKeyDown={moveAmongMessages}
      >
        {lines.length === 0 ? (
          <p className={styles['hint']}>
            <FormattedMessage id="messages.start" />
          </p>
        ) : (
          <Lines
            lines={lines}
            showsNames={view.chat.kind !== 'person'}
            hit={scroll.hit === undefined ? undefined : `m${scroll.hit}`}
          />
        )}
      </div>
      {scroll.isAtEnd || lines.length === 0 ? null : (
        <Button
          className={styles['toNewest'] ?? ''}
          size="compact-sm"
          variant="default"
          leftSection={<ArrowDown size={14} aria-hidden />}
          onClick={scroll.toEnd}
        >
          <FormattedMessage id="messages.newest" />
        </Button>
      )}
    </div>
  );
}

type Anchor = { readonly key: string; readonly top: number };

const linesIn = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>('[data-line]')];

/** The first line that can be seen, and where. */
function anchorOf(box: HTMLElement): Anchor | undefined {
  const edge = box.getBoundingClientRect().top;
  const line = linesIn(box).find((one) => one.getBoundingClientRect().bottom > edge);
  const key = line?.dataset['line'];
  return line === undefined || key === undefined
    ? undefined
    : { key, top: line.getBoundingClientRect().top - edge };
}

function useScroll(
  ref: RefObject<HTMLDivElement | null>,
  { messages, hasOlder, hasNewer }: ChatView,
  isFetching: boolean,
  { center, setCenter, wanted, found }: ChatPlace,
) {
  const [isAtEnd, setAtEnd] = useState(wanted === undefined);
  const [hit, setHit] = useState<number>();
  const anchor = useRef<Anchor>(undefined);
  const follows = useRef(wanted === undefined);
  useLayoutEffect(() => {
    const box = ref.current;
    if (box === null) return;
    const index = wanted === undefined ? -1 : messages.findIndex(({ id }) => id === wanted);
    if (index >= 0) {
      showLine(box, `m${wanted}`);
      setHit(wanted);
      found();
      follows.current = false;
    } else if (follows.current && !hasNewer) box.scrollTop = box.scrollHeight;
    else keepInPlace(box, anchor.current);
    anchor.current = anchorOf(box);
    leaveOneTabStop(box);
  }, [ref, messages, hasNewer, wanted, found]);
  const onScroll = (): void => {
    const box = ref.current;
    if (box === null) return;
    anchor.current = anchorOf(box);
    const belowPx = box.scrollHeight - box.scrollTop - box.clientHeight;
    follows.current = belowPx < END_PX && !hasNewer;
    setAtEnd(follows.current);
    if (!isFetching) moveOn(box);
  };
  const moveOn = (box: HTMLElement): void => {
    const [first, last] = [messages[0]?.id, messages.at(-1)?.id];
    const belowPx = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop < NEAR_PX && hasOlder) setCenter(first);
    else if (belowPx < NEAR_PX && hasNewer) setCenter(last);
    else if (follows.current && center !== undefined) setCenter(undefined);
  };
  const settled = useRef(moveOn);
  settled.current = moveOn;
  // Who scrolled on while a part was on its way is at an end of the window already.
  useEffect(() => {
    if (!isFetching && ref.current !== null && wanted === undefined) settled.current(ref.current);
  }, [isFetching, wanted, ref]);
  const toEnd = (): void => {
    follows.current = true;
    setAtEnd(true);
    setHit(undefined);
    setCenter(undefined);
    const box = ref.current;
    if (box !== null && !hasNewer) box.scrollTop = box.scrollHeight;
  };
  return { isAtEnd, hit, onScroll, toEnd };
}

function keepInPlace(box: HTMLElement, anchor: Anchor | undefined): void {
  if (anchor === undefined) return;
  const line = linesIn(box).find((one) => one.dataset['line'] === anchor.key);
  if (line === undefined) return;
  const top = line.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (top !== anchor.top) box.scrollTop += top - anchor.top;
}

function showLine(box: HTMLElement, key: string): void {
  const line = linesIn(box).find((one) => one.dataset['line'] === key);
  if (line === undefined) return;
  const top = line.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += top - (box.clientHeight - line.clientHeight) / 2;
  line.querySelector<HTMLElement>('[data-message-menu]')?.focus({ preventScroll: true });
}

/** The keyboard stops once at the messages, at the last one; arrow keys lead on from there. */
function leaveOneTabStop(box: HTMLElement): void {
  const menus = [...box.querySelectorAll<HTMLElement>('[data-message-menu]')];
  for (const menu of menus) menu.tabIndex = menu === menus.at(-1) ? 0 : -1;
}

/** From the menu of one message to those of its neighbours, by the arrow keys. */
function moveAmongMessages(event: KeyboardEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };
  const step = steps[event.key];
  if (step === undefined || target.dataset['messageMenu'] === undefined) return;
  if (target.getAttribute('aria-expanded') === 'true') return;
  const menus = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-message-menu]')];
  event.preventDefault();
  menus[menus.indexOf(target) + step]?.focus();
}

/** What is at the end of what is on the screen, in a window that is looked at, has been read. */
function useMarkRead(actor: string, { chat }: ChatView, through: number): void {
  const { id, unread } = chat;
  useEffect(() => {
    if (unread === 0 || through === 0) return undefined;
    const mark = (): void => {
      if (document.visibilityState !== 'visible') return;
      api.messages.markRead({ actor, chat: id, through }).catch(() => undefined);
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [actor, id, unread, through]);
}
