import { cleanLine, hasVisibleText } from '../../conversation/question.ts';
import { componentsInWords } from './components-in-words.ts';

/** A poll, as far as it is text. @see https://docs.discord.com/developers/resources/poll */
export interface PollFields {
  readonly question: { readonly text?: string | null | undefined };
  readonly answers: readonly {
    readonly answer_id?: number | undefined;
    readonly poll_media: { readonly text?: string | null | undefined; readonly emoji?: { readonly name?: string | null | undefined } | null | undefined };
  }[];
  readonly results?: { readonly is_finalized?: boolean; readonly answer_counts: readonly { readonly id: number; readonly count: number }[] } | null | undefined;
}

/** What a message holds besides text, cards and files. */
export interface WordedParts {
  readonly poll?: PollFields | null | undefined;
  readonly sticker_items?: readonly { readonly name: string }[] | null | undefined;
  readonly components?: readonly unknown[] | undefined;
  readonly attachments?: readonly { readonly waveform?: string | null | undefined; readonly duration_secs?: number | null | undefined }[];
}

/** Discord allows 300 characters for a question, 55 for an answer, 30 for a sticker. */
const MAX_LINE = 300;

const votes = (count: number): string => (count === 1 ? '1 vote' : `${count} votes`);

const pollWords = ({ question, answers, results }: PollFields): string => {
  const counts = new Map(results?.answer_counts.map(({ id, count }) => [id, count]));
  const lines = answers.map(({ answer_id: id, poll_media: { text, emoji } }) => {
    const said = cleanLine([emoji?.name, text].filter(Boolean).join(' '), MAX_LINE);
    const count = results === undefined || results === null || id === undefined ? undefined : (counts.get(id) ?? 0);
    return count === undefined ? `- ${said}` : `- ${said} (${votes(count)})`;
  });
  return [`Poll${results?.is_finalized === true ? ' (ended)' : ''}: ${cleanLine(question.text ?? '', MAX_LINE)}`, ...lines].join('\n');
};

const stickerWords = (name: string): string => `Sticker: ${hasVisibleText(name) ? cleanLine(name, MAX_LINE) : 'without a name'}`;

/** Polls, stickers, voice messages, buttons and the like in words, one text for each. */
export const partsInWords = ({ poll, sticker_items: stickers, attachments = [], components = [] }: WordedParts): string[] => [
  ...(poll === undefined || poll === null ? [] : [pollWords(poll)]),
  ...(stickers ?? []).map(({ name }) => stickerWords(name)),
  // Discord draws its waveform for voice messages, and for nothing else.
  ...attachments.flatMap(({ waveform, duration_secs: seconds }) =>
    typeof waveform === 'string' ? [`Voice message of ${Math.round(seconds ?? 0)} seconds, which you cannot hear`] : [],
  ),
  ...componentsInWords(components),
];
