import { z } from 'zod';
import { bounds, person, quotedContent, quotedMessage } from './record-parts.ts';
import { carefully, jsonKind, textKind } from './record-kind.ts';
import { timeOfId } from './small-records.ts';
import type { LedgerRow, Place } from '../conversation/ledger.ts';
import type { RecordKind } from './record-kind.ts';
import type { Seal } from './seal.ts';

/** Version of the form below. */
const VERSION = 1;

const question = z.object({
  id: bounds.id,
  firstAskedAs: bounds.id.exactOptional(),
  behind: bounds.id.exactOptional(),
  continues: bounds.id.exactOptional(),
  continuesOr: bounds.id.exactOptional(),
  answers: bounds.count.exactOptional(),
  conversationId: bounds.id,
  guildId: bounds.id.optional(),
  asker: person,
  askedAt: bounds.time,
  locale: bounds.locale.exactOptional(),
  text: z.string(),
  parts: z.array(bounds.id).max(100).exactOptional(),
  isShared: z.boolean(),
  isReplyHidden: z.literal(true).exactOptional(),
  repliedTo: quotedMessage.exactOptional(),
  forwarded: quotedContent.exactOptional(),
  also: z.array(z.string()).exactOptional(),
  filesAt: z.string().optional(),
});

const record = z.object({
  version: z.literal(VERSION),
  /** The process that works on it; null when anybody may. */
  owner: bounds.id.nullable(),
  questionId: bounds.id,
  conversationId: bounds.id,
  askerId: bounds.id,
  state: z.enum(['accepted', 'running', 'delivered', 'refused', 'failed']),
  reason: z.string().max(1_000).optional(),
  canRetry: z.boolean().optional(),
  acceptedAt: bounds.time,
  deadline: bounds.time,
  attempts: bounds.count,
  untried: bounds.count.optional(),
  place: z.object({
    channelId: bounds.id,
    replyTo: bounds.id.optional(),
    askedIn: bounds.id.optional(),
    interaction: z.object({ id: bounds.id, applicationId: bounds.id, token: z.string().max(10_000), expiresAt: bounds.time }).optional(),
    isPrivate: z.boolean(),
    canSendMessages: z.boolean(),
    preface: z.string().optional(),
    before: z.string().optional(),
  }),
  messageIds: z.array(bounds.id).max(1_000),
  isDirect: z.boolean().optional(),
  directParts: bounds.count.optional(),
  isUntidy: z.boolean().optional(),
  takenBack: z.object({ why: z.enum(['stopped by a person', 'conversation reset']), byId: bounds.id.optional() }).optional(),
  refusal: z.object({ text: z.string().max(2_000), sign: z.string().max(16) }).optional(),
  partOf: bounds.id.optional(),
  question: question.optional(),
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

const rowRecords = jsonKind<z.infer<typeof record>>({ name: 'question', prefix: 'question:', version: VERSION, schema: record });

/** What is no text is left for the schema to refuse. */
const closedBy =
  ({ close }: Seal) =>
  (secret: string): string => (typeof secret === 'string' ? close(secret) : secret);

export const rowKind = (seal: Seal): RecordKind<OwnedRow> => ({
  name: rowRecords.name,
  prefix: rowRecords.prefix,
  read: (text) => {
    const reading = rowRecords.read(text);
    if (reading.is !== 'fine') return reading;
    const { owner, version: _version, ...row } = reading.value;
    // A token that cannot be read any more is as good as an expired one, and files without an address are lost.
    return { is: 'fine', value: { owner, row: withFilesAt(withToken(row as LedgerRow, (token) => seal.open(token) ?? ''), seal.open) } };
  },
  write: (owned) =>
    carefully(() => {
      const { owner, row } = owned;
      return rowRecords.write({ version: VERSION, owner, ...withFilesAt(withToken(row, closedBy(seal)), closedBy(seal)) } as z.infer<typeof record>);
    }),
});

/** What a mark says where it says no more than that its row is open. */
const OPEN = '1';

/**
 * Marks the rows that are not closed, so that nobody has to look through all of them. Where the question is a message, the
 * mark says in which channel: so its place is known also where its row cannot be read.
 */
export const markKind: RecordKind<string> = textKind({ name: 'open question', prefix: 'open:', empty: OPEN, isFine: (text) => /^\d{1,20}$/u.test(text) });

/** Where the question is found again by itself. */
const isByMessage = (questionId: string, { replyTo }: Place): boolean => replyTo === questionId;

export const markOf = ({ questionId, place }: LedgerRow): string =>
  isByMessage(questionId, place) && /^\d{2,20}$/u.test(place.askedIn ?? place.channelId) ? (place.askedIn ?? place.channelId) : OPEN;

const WORD = '[\\w:.-]{1,60}';

/** Who asked a question, and when it was accepted (milliseconds since the epoch), without reading all of its row. In what people wrote, JSON has a backslash before each quote. */
export const askedBy = (text: string): { readonly id: string; readonly at: number } | undefined => {
  const id = /"askerId":"(\d{1,20})"/u.exec(text)?.[1];
  const at = /"acceptedAt":(\d{1,16})[,}]/u.exec(text)?.[1];
  return id === undefined || at === undefined ? undefined : { id, at: Number(at) };
};

export interface Salvage {
  readonly questionId: string;
  readonly text: string;
  readonly mark: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly youngMs: number;
}

/** What can be said of a question whose row cannot be read, and the process that may work on it; undefined where that is too little to end it. */
export const salvaged = ({ questionId, text, mark, now, youngMs }: Salvage): { readonly owner: string | undefined; readonly row: LedgerRow } | undefined => {
  const part = (name: string): string | undefined => new RegExp(`"${name}":"?(${WORD})`, 'u').exec(text)?.[1];
  if (['delivered', 'refused', 'failed'].includes(part('state') ?? '')) return undefined;
  const isMessage = mark !== OPEN || part('replyTo') === questionId;
  const channelId = mark === OPEN ? part('channelId') : mark;
  const asker = part('askerId');
  // What was asked by a command can only be told to whoever asked.
  if (channelId === undefined || (!isMessage && asker === undefined)) return undefined;
  const canSendMessages = isMessage || (part('isPrivate') === 'false' && part('canSendMessages') === 'true');
  const row: LedgerRow = {
    questionId,
    conversationId: part('conversationId') ?? channelId,
    askerId: asker ?? questionId,
    state: 'running',
    acceptedAt: now,
    deadline: isMessage ? Math.min(timeOfId(questionId) ?? now, now) + youngMs : now,
    attempts: 1,
    place: { channelId, replyTo: isMessage ? questionId : undefined, interaction: undefined, isPrivate: !canSendMessages, canSendMessages },
    messageIds: [],
    hadFiles: false,
  };
  return { owner: part('owner'), row };
};

/** Stands where a row was that says nothing any more: the question is not taken for a new one. */
export const lostRow = (questionId: string, now: number): LedgerRow => ({
  questionId,
  conversationId: questionId,
  askerId: questionId,
  state: 'failed',
  reason: 'unreadable',
  acceptedAt: now,
  deadline: now,
  attempts: 1,
  place: { channelId: questionId, replyTo: undefined, interaction: undefined, isPrivate: true, canSendMessages: false },
  messageIds: [],
  hadFiles: false,
});
