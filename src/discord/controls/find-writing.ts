import { originOf } from '../../conversation/question.ts';
import { controlId } from './control-buttons.ts';
import type { Running, RunningQuestion } from '../intake/questions-in-progress.ts';

/** The running question whose answer has these buttons. */
export const findWriting = (running: Running, id: string): RunningQuestion | undefined =>
  running.all().find(({ question }) => controlId(originOf(question)) === id);
