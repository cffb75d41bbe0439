// Names for what crosses the API, derived from the contract so that they cannot drift from it.

import type { ConsoleEvent, Settings, TaskView } from '../../node-core/api/index.ts';

export type Fault = NonNullable<TaskView['fault']>;
export type Topic = Extract<ConsoleEvent, { type: 'changed' }>['topic'];
export type NoticeLevel = Extract<ConsoleEvent, { type: 'notice' }>['level'];
export type Locale = Settings['locale'];
