import { EMPTY_HISTORY } from '../../src/conversation/history.ts';
import type { AnswerView, HistoryStore } from '../../src/conversation/ports.ts';

/** Remembers nothing. */
export const NO_HISTORIES: HistoryStore = {
  expect: () => undefined,
  load: async () => ({ history: EMPTY_HISTORY, wasUnreadable: false }),
  save: async () => undefined,
  change: async () => undefined,
  revise: async () => undefined,
  move: async () => EMPTY_HISTORY,
  movedTo: async () => undefined,
  findShown: async () => undefined,
  readFile: async () => undefined,
  forget: async () => false,
  forgetUnreadable: async () => undefined,
  heldIn: async () => [],
};

/** Shows nothing, and says that one message was shown. */
export const UNSEEN: AnswerView = { wait: () => undefined, show: () => undefined, finish: async () => ['1'], fail: async () => undefined, regret: async () => undefined };
