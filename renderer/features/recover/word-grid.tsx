// Fields for recovery words: each held against the list when it is left, completed while it is typed, never remembered
// by the browser. A pasted backup fills them all.

import { Autocomplete } from '@mantine/core';
import { Check } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useIntl } from 'react-intl';
import styles from './recover.module.css';
import { fillWords, splitWords, suggestWords } from './words.ts';

type Props = {
  readonly words: readonly string[];
  /** Empty while it loads. */
  readonly list: readonly string[];
  readonly onChange: (words: readonly string[]) => void;
  /** More words came in than a backup has. */
  readonly onTooMany: (count: number) => void;
};

export function WordGrid({ words, list, onChange, onTooMany }: Props) {
  const grid = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number | undefined>(undefined);

  const focus = (index: number): void =>
    grid.current?.querySelectorAll('input')[Math.min(index, words.length - 1)]?.focus();
  const take = (index: number, text: string): void => {
    const typed = splitWords(text);
    if (typed.length <= 1) {
      onChange(words.with(index, typed[0] ?? ''));
      // A space ends a word as it does in any text.
      if (typed.length === 1 && /[\s,，、]$/u.test(text)) focus(index + 1);
      return;
    }
    const filled = fillWords(words, index, typed);
    if (filled === undefined) {
      onTooMany(typed.length);
      return;
    }
    onChange(filled);
    focus(index + typed.length);
  };
  return (
    <div className={styles['grid']} ref={grid}>
      {words.map((word, index) => (
        <WordField
          // biome-ignore lint/suspicious/noArrayIndexKey: a word's place is its identity
          key={index}
          number={index + 1}
          word={word}
          list={list}
          active={active === index}
          onActive={(now) => setActive(now ? index : undefined)}
          onText={(text) => take(index, text)}
          onDone={() => focus(index + 1)}
        />
      ))}
    </div>
  );
}

type FieldProps = {
  readonly number: number;
  readonly word: string;
  readonly list: readonly string[];
  readonly active: boolean;
  readonly onActive: (active: boolean) => void;
  readonly onText: (text: string) => void;
  readonly onDone: () => void;
};

function WordField({ number, word, list, active, onActive, onText, onDone }: FieldProps) {
  const intl = useIntl();
  const known = list.includes(word);
  const suggestions = active ? suggestWords(word, list) : [];
  const wrong = !active && word !== '' && list.length > 0 && !known;
  const [near] = wrong ? suggestWords(word, list) : [];
  const error = !wrong
    ? undefined
    : near === undefined
      ? intl.formatMessage({ id: 'recover.word.unknown' })
      : intl.formatMessage({ id: 'recover.word.near' }, { word: near });
  const onKey = (event: KeyboardEvent): void => {
    // Backspace in an empty field goes back, as in one long text.
    if (event.key !== 'Backspace' || word !== '') return;
    const before = event.currentTarget.closest('[data-word]')?.previousElementSibling?.querySelector('input');
    if (before === null || before === undefined) return;
    event.preventDefault();
    before.focus();
  };
  return (
    <div data-word={number}>
      <Autocomplete
        label={intl.formatMessage({ id: 'recover.word' }, { number })}
        value={word}
        data={suggestions}
        dropdownOpened={suggestions.length > 0}
        filter={({ options }) => options}
        onChange={onText}
        onOptionSubmit={() => setTimeout(onDone)}
        onFocus={() => onActive(true)}
        onBlur={() => onActive(false)}
        onKeyDown={onKey}
        onPaste={(event) => {
          event.preventDefault();
          onText(`${event.clipboardData.getData('text/plain').slice(0, 1000)} `);
        }}
        error={error}
        rightSection={known ? <Check size={15} aria-hidden className={styles['known'] ?? ''} /> : null}
        rightSectionPointerEvents="none"
        classNames={{ input: styles['word'] ?? '' }}
        translate="no"
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="none"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        data-bwignore
      />
    </div>
  );
}
