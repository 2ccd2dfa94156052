import { PRIVATE_OFF_TEXT } from './answer-texts.ts';
import { relative } from './failure-text.ts';
import type { Refusal } from '../../conversation/admission.ts';
import type { RefusalWords } from '../../conversation/ledger.ts';

/** Below a question that is not answered: never, and not now. */
const NOT_HERE = '🚫';
const NOT_NOW = '⏳';

const textOf = ({ reason }: Refusal): string => {
  switch (reason) {
    case 'private-off':
      return PRIVATE_OFF_TEXT;
  }
};

/** What whoever asked is told of a refusal. */
export const refusalWords = (refusal: Refusal): RefusalWords => {
  const { until } = refusal;
  if (until === undefined) return { text: textOf(refusal), sign: NOT_HERE };
  return { text: `${textOf(refusal)} You can ask again ${relative(until)}.`, sign: NOT_NOW };
};
