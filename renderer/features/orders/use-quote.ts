// A price that follows the choices: each change cancels the slicing of the former choice and asks anew, after a pause
// for thought. Answers are kept, so that going back to a former choice costs nothing.

import { useCallback, useEffect, useRef, useState } from 'react';
import type { ModelView, QuoteView, TaskView } from '../../../node-core/api/index.ts';
import { api, type Fault, faultOf, useTask } from '../../bridge/index.ts';
import { type Configuration, configurationKey, settingsOf } from './configuration.ts';

/** How long the choices must rest before slicing starts. */
const PAUSE_MS = 450;

export type LivePrice = {
  /** Quote of exactly the present choices. */
  readonly quote: QuoteView | undefined;
  /** Last known one, also while a newer is on its way. */
  readonly former: QuoteView | undefined;
  readonly task: TaskView | undefined;
  readonly fault: Fault | undefined;
  /** Nothing is being worked out, because the person stopped it. */
  readonly stopped: boolean;
  readonly retry: () => void;
  /** Asks anew although an answer is known: it is no longer valid. */
  readonly renew: () => void;
};

type Request = { readonly key: string; readonly taskId: string };

export function useQuote(
  actor: string | undefined,
  model: ModelView,
  choice: Configuration,
  nozzleUm: number | undefined,
): LivePrice {
  const key = configurationKey(choice);
  const [quotes, setQuotes] = useState<Readonly<Record<string, QuoteView>>>({});
  const [former, setFormer] = useState<QuoteView | undefined>(undefined);
  const [request, setRequest] = useState<Request | undefined>(undefined);
  const [fault, setFault] = useState<{ key: string; fault: Fault } | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const known = quotes[key];
  const current = request?.key === key ? request : undefined;
  const task = useTask(current?.taskId);
  const lastAttempt = useRef(attempt);
  const latest = useRef(choice);
  latest.current = choice;
  const hasQuote = known !== undefined;

  useEffect(() => {
    if (actor === undefined || nozzleUm === undefined || hasQuote) return undefined;
    let over = false;
    let taskId: string | undefined;
    setFault(undefined);
    const pauseMs = lastAttempt.current === attempt ? PAUSE_MS : 0;
    lastAttempt.current = attempt;
    const timer = setTimeout(() => {
      const { machineId, quantity, material, colour } = latest.current;
      const settings = settingsOf(latest.current, nozzleUm);
      api.quotes
        .request({ actor, modelId: model.id, machineId, quantity, material, colour, settings })
        .then((started) => {
          taskId = started.taskId;
          if (over) void api.tasks.cancel({ id: taskId }).catch(() => undefined);
          else setRequest({ key, taskId });
        })
        .catch((error: unknown) => !over && setFault({ key, fault: faultOf(error) }));
    }, pauseMs);
    return () => {
      over = true;
      clearTimeout(timer);
      if (taskId !== undefined) void api.tasks.cancel({ id: taskId }).catch(() => undefined);
    };
  }, [actor, model.id, key, nozzleUm, attempt, hasQuote]);

  const resultId = task?.state === 'done' ? task.resultId : undefined;
  useEffect(() => {
    if (resultId === undefined) return undefined;
    let over = false;
    api.quotes
      .get({ id: resultId })
      .then((quote) => {
        if (over) return;
        setQuotes((all) => ({ ...all, [key]: quote }));
        setFormer(quote);
      })
      .catch((error: unknown) => !over && setFault({ key, fault: faultOf(error) }));
    return () => {
      over = true;
    };
  }, [resultId, key]);

  return {
    quote: known,
    former: known ?? former,
    task,
    fault: fault?.key === key ? fault.fault : task?.state === 'failed' ? task.fault : undefined,
    stopped: task?.state === 'cancelled',
    retry: useCallback(() => setAttempt((count) => count + 1), []),
    renew: useCallback(() => {
      setRequest(undefined);
      setQuotes(({ [key]: _expired, ...others }) => others);
    }, [key]),
  };
}
