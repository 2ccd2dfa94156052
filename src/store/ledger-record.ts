import { z } from 'zod';
import type { LedgerRow } from '../conversation/ledger.ts';
import type { Seal } from './seal.ts';

/** Version of the form below. A record of another version is not guessed at. */
const VERSION = 1;

const record = z.object({
  version: z.literal(VERSION),
  /** The process that works on it; null when anybody may. */
  owner: z.string().nullable(),
  questionId: z.string(),
  conversationId: z.string(),
  askerId: z.string(),
  state: z.enum(['accepted', 'running', 'delivered', 'refused', 'failed']),
  reason: z.string().optional(),
  canRetry: z.boolean().optional(),
  acceptedAt: z.number(),
  deadline: z.number(),
  attempts: z.number(),
  place: z.object({
    channelId: z.string(),
    replyTo: z.string().optional(),
    interaction: z.object({ id: z.string(), applicationId: z.string(), token: z.string(), expiresAt: z.number() }).optional(),
    isPrivate: z.boolean(),
    canSendMessages: z.boolean(),
    preface: z.string().optional(),
  }),
  messageIds: z.array(z.string()),
  // What else a question has is kept as it was.
  question: z
    .looseObject({ filesAt: z.string().optional(), id: z.string(), conversationId: z.string(), asker: z.object({ id: z.string(), name: z.string() }), askedAt: z.number(), text: z.string(), isShared: z.boolean() })
    .optional(),
  hadFiles: z.boolean(),
});

/** A row as it lies in the store. */
export interface OwnedRow {
  readonly owner: string | null;
  readonly row: LedgerRow;
}

/** The token of an interaction is never in the store as it is. */
const withToken = (row: LedgerRow, change: (token: string) => string): LedgerRow =>
  row.place.interaction === undefined
    ? row
    : { ...row, place: { ...row.place, interaction: { ...row.place.interaction, token: change(row.place.interaction.token) } } };

/** Nor are the addresses of files, by which anybody could read them. */
const withFilesAt = (row: LedgerRow, change: (filesAt: string) => string | undefined): LedgerRow =>
  row.question?.filesAt === undefined ? row : { ...row, question: { ...row.question, filesAt: change(row.question.filesAt) } };

export const toLedgerRecord = ({ owner, row }: OwnedRow, seal: Seal): string =>
  JSON.stringify({ version: VERSION, owner, ...withFilesAt(withToken(row, seal.close), seal.close) });

/** The row in a stored text; undefined when it is no record that this version can read. */
export const fromLedgerRecord = (text: string, seal: Seal): OwnedRow | undefined => {
  try {
    const { data } = record.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    const { owner, version: _version, ...row } = data;
    // A token that cannot be read any more is as good as an expired one, and files without an address are lost.
    return { owner, row: withFilesAt(withToken(row as LedgerRow, (token) => seal.open(token) ?? ''), seal.open) };
  } catch {
    return undefined;
  }
};
