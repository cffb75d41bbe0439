// The page's drawing worker: every stage of the page lives here, on the canvas that the page handed over. The window
// never waits for graphics.

import type { FromStageWorker, ToStageWorker } from './stage-messages.ts';
import { Stagehand } from './stagehand.ts';

/** The part of a dedicated worker's scope that is used; the page's own type library does not name it. */
type Scope = {
  onmessage: ((event: MessageEvent<ToStageWorker>) => void) | null;
  postMessage(message: FromStageWorker): void;
};
const scope = self as unknown as Scope;

const hands = new Map<number, Stagehand>();

scope.onmessage = ({ data }) => {
  const { stage } = data;
  if ('canvas' in data) {
    try {
      hands.set(stage, new Stagehand(data.canvas, (news) => scope.postMessage({ stage, news })));
    } catch {
      scope.postMessage({ stage, news: { news: 'failed' } });
    }
  } else if ('command' in data) {
    hands.get(stage)?.do(data.command);
  } else {
    hands.get(stage)?.dispose();
    hands.delete(stage);
  }
};
