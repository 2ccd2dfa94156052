import { userMention } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { inCode } from '../texts/failure-text.ts';

/** Of a question, above its answer, in characters. */
const MAX_SHOWN_LENGTH = 150;

/**
 * What stands above an answer whose question nobody else saw: who asked what. The name pings nobody, and the question
 * stands in code, where it formats, links and mentions nothing.
 * @param link the message that it was asked about
 */
export const prefaceLine = (askerId: string, question: string, link?: string): string =>
  `-# ${userMention(askerId)}${link === undefined ? '' : ` about ${link}`}: ${inCode(cleanLine(question, MAX_SHOWN_LENGTH))}`;
