import { originOf } from '../../conversation/question.ts';
import { controlId } from './control-buttons.ts';
import type { QuestionsInProgress, QuestionInProgress } from '../intake/questions-in-progress.ts';

/** The running question whose answer has these buttons. */
export const findWriting = (inProgress: QuestionsInProgress, id: string): QuestionInProgress | undefined =>
  inProgress.all().find(({ question }) => controlId(originOf(question)) === id);
