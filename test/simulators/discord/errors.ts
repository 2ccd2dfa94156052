// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes

export interface FormErrorTree {
  [key: string]: FormErrorTree | { readonly code: string; readonly message: string }[];
}

/** An answer other than success, with Discord's own code and text. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: FormErrorTree | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: number, message: string, more: { errors?: FormErrorTree; retryAfterSeconds?: number } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  body(): Record<string, unknown> {
    return {
      message: this.message,
      code: this.code,
      ...(this.errors && { errors: this.errors }),
      ...(this.retryAfterSeconds !== undefined && { retry_after: this.retryAfterSeconds, global: false }),
    };
  }
}

const known = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  methodNotAllowed: [405, 0, '405: Method Not Allowed'],
  blockedUserAgent: [403, 40333, 'internal network error'],
  unknownApplication: [404, 10002, 'Unknown Application'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMember: [404, 10007, 'Unknown Member'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownRole: [404, 10011, 'Unknown Role'],
  unknownUser: [404, 10013, 'Unknown User'],
  unknownEmoji: [400, 10014, 'Unknown Emoji'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownCommand: [404, 10063, 'Unknown application command'],
  maximumPins: [400, 30003, 'Maximum number of pins reached (250)'],
  maximumReactions: [400, 30010, 'Maximum number of reactions reached (20)'],
  maximumAttachments: [400, 30015, 'Maximum number of attachments in a message reached (10)'],
  maximumCommands: [400, 30032, 'Maximum number of application commands reached (100)'],
  dailyCommandCreates: [400, 30034, 'Maximum number of daily application command creates has been reached (200)'],
  tooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  tooManyFollowUps: [400, 40094, 'This interaction has reached the maximum number of follow-up messages'],
  missingAccess: [403, 50001, 'Missing Access'],
  wrongChannelKind: [400, 50024, 'Cannot execute action on this channel type'],
  notTheAuthor: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  dmsBlocked: [403, 50007, 'Cannot send messages to this user'],
  voiceNotText: [400, 50008, 'Cannot send messages in a non-text channel'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  bulkDeleteCount: [400, 50016, 'Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.'],
  systemMessage: [403, 50021, 'Cannot execute action on a system message'],
  invalidWebhookToken: [401, 50027, 'Invalid Webhook Token'],
  invalidRecipient: [400, 50033, 'Invalid Recipient(s)'],
  bulkDeleteTooOld: [400, 50034, 'You can only bulk delete messages that are under 14 days old.'],
  threadArchived: [400, 50083, 'Thread is archived'],
  invalidJson: [400, 50109, 'The request body contains invalid JSON.'],
  noMutualGuild: [403, 50278, 'Cannot send messages to this user due to having no mutual guilds'],
  reactionBlocked: [403, 90001, 'Reaction was blocked'],
  threadExists: [400, 160004, 'A thread has already been created for this message'],
  threadLocked: [400, 160005, 'Thread is locked'],
  maximumThreads: [400, 160006, 'Maximum number of active threads reached'],
  noReplyWithoutHistory: [400, 160002, 'Cannot reply without permission to read message history'],
  forwardUnreadable: [400, 160014, 'You cannot forward messages whose content you cannot read.'],
  blockedByAutoModeration: [400, 200000, 'Message was blocked by automatic moderation'],
} as const satisfies Record<string, readonly [number, number, string]>;

export type KnownError = keyof typeof known;

export function restError(name: KnownError): RestError {
  const [status, code, message] = known[name];
  return new RestError(status, code, message);
}

/** Collects what is wrong with a body, as the tree that comes with 50035. */
export class FormErrors {
  readonly #tree: FormErrorTree = {};
  #count = 0;

  add(path: readonly (string | number)[], code: string, message: string): void {
    this.#count += 1;
    let node = this.#tree;
    for (const key of path) {
      const next = node[key];
      if (next === undefined || Array.isArray(next)) node = node[key] = {};
      else node = next;
    }
    const list = node['_errors'];
    if (Array.isArray(list)) list.push({ code, message });
    else node['_errors'] = [{ code, message }];
  }

  required(path: readonly (string | number)[]): void {
    this.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  }

  get any(): boolean {
    return this.#count > 0;
  }

  throwIfAny(): void {
    if (this.any) throw new RestError(400, 50035, 'Invalid Form Body', { errors: this.#tree });
  }
}

export function formError(path: readonly (string | number)[], code: string, message: string): RestError {
  return new RestError(400, 50035, 'Invalid Form Body', { errors: treeWith(path, code, message) });
}

function treeWith(path: readonly (string | number)[], code: string, message: string): FormErrorTree {
  let tree: FormErrorTree = { _errors: [{ code, message }] };
  for (const key of path.toReversed()) tree = { [key]: tree };
  return tree;
}
