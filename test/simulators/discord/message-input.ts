import type { APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';
import { MessageFlags, MessageReferenceType } from 'discord-api-types/v10';
import type { FormErrors } from './errors.ts';
import { restError } from './errors.ts';
import type { AllowedMentions } from './mentions.ts';
import type { UploadedFile } from './router.ts';
import type { Path } from './shape.ts';
import { fieldsOf, integer, isFields, list, oneOf, text } from './shape.ts';
import { isSnowflake } from './snowflakes.ts';
import { validateComponents } from './validate-components.ts';
import { validateEmbeds } from './validate-embeds.ts';

// https://docs.discord.com/developers/resources/message#create-message
const MAXIMUM_CONTENT = 2000;
const MAXIMUM_NONCE = 25;
const MAXIMUM_ATTACHMENTS = 10;

export interface NewFile {
  readonly name: string;
  readonly description: string | undefined;
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

export interface MessageInput {
  /** undefined: not in the body. */
  readonly content: string | undefined;
  readonly embeds: readonly APIEmbed[] | undefined;
  readonly components: readonly APIMessageTopLevelComponent[] | undefined;
  readonly flags: number | undefined;
  /** undefined: the body has none, and the route's default holds. */
  readonly allowedMentions: AllowedMentions | undefined;
  readonly newFiles: readonly NewFile[];
  /** Ids of attachments that an edit keeps; undefined: all. */
  readonly keptAttachments: ReadonlySet<string> | undefined;
  readonly nonce: string | number | undefined;
  readonly enforceNonce: boolean;
  readonly reference: ReferenceInput | undefined;
  readonly poll: unknown;
}

export interface ReferenceInput {
  readonly messageId: string;
  readonly channelId: string | undefined;
  readonly failIfNotExists: boolean;
  readonly forward: boolean;
}

/** Reads the body of a message create, edit or interaction response; everything wrong with its form goes into `errors`. */
export function readMessageInput(
  errors: FormErrors,
  body: unknown,
  files: readonly UploadedFile[],
  options: { readonly path?: Path; readonly flagsBefore?: number } = {},
): MessageInput {
  const { path = [], flagsBefore = 0 } = options;
  const fields = fieldsOf(body);
  const flags = integer(errors, [...path, 'flags'], fields['flags'], { min: 0 });
  const v2 = (((flags ?? 0) | flagsBefore) & MessageFlags.IsComponentsV2) !== 0;
  const content = text(errors, [...path, 'content'], fields['content'], { max: MAXIMUM_CONTENT });
  validateEmbeds(errors, [...path, 'embeds'], fields['embeds']);
  validateComponents(errors, [...path, 'components'], fields['components'], v2);
  if (v2) refuseClassicParts(errors, path, fields);
  const attachments = readAttachments(errors, [...path, 'attachments'], fields['attachments'], files);
  return {
    content: 'content' in fields ? (content ?? '').trim() : undefined,
    embeds: 'embeds' in fields ? ((fields['embeds'] ?? []) as APIEmbed[]) : undefined,
    components: 'components' in fields ? ((fields['components'] ?? []) as APIMessageTopLevelComponent[]) : undefined,
    flags,
    allowedMentions: readAllowedMentions(errors, [...path, 'allowed_mentions'], fields['allowed_mentions']),
    ...attachments,
    nonce: readNonce(errors, [...path, 'nonce'], fields['nonce']),
    enforceNonce: fields['enforce_nonce'] === true,
    reference: readReference(errors, [...path, 'message_reference'], fields['message_reference']),
    poll: fields['poll'] ?? undefined,
  };
}

function refuseClassicParts(errors: FormErrors, path: Path, fields: Readonly<Record<string, unknown>>): void {
  for (const name of ['content', 'embeds', 'poll', 'sticker_ids']) {
    const value = fields[name];
    const present = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
    if (present) {
      errors.add([...path, name], 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', `The '${name}' field cannot be used with this flag`);
    }
  }
}

/** Zero-width characters alone show nothing. */
export function isBlank(content: string): boolean {
  return content.replaceAll(/[\s\u200B-\u200D\u2060\uFEFF]/g, '') === '';
}

function readAllowedMentions(errors: FormErrors, path: Path, value: unknown): AllowedMentions | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = fieldsOf(value);
  const parse = list(errors, [...path, 'parse'], fields['parse']).flatMap(
    (kind, index) => oneOf(errors, [...path, 'parse', index], kind, ['users', 'roles', 'everyone'] as const) ?? [],
  );
  const users = ids(errors, [...path, 'users'], fields['users']);
  const roles = ids(errors, [...path, 'roles'], fields['roles']);
  if (parse.includes('users') && users.length > 0) exclusive(errors, path, 'users');
  if (parse.includes('roles') && roles.length > 0) exclusive(errors, path, 'roles');
  return { parse, users, roles, repliedUser: fields['replied_user'] === true };
}

function ids(errors: FormErrors, path: Path, value: unknown): string[] {
  return list(errors, path, value, { max: 100 }).flatMap((id, index) => {
    if (isSnowflake(id)) return id;
    errors.add([...path, index], 'NUMBER_TYPE_COERCE', `Value "${String(id)}" is not snowflake.`);
    return [];
  });
}

function exclusive(errors: FormErrors, path: Path, name: string): void {
  errors.add(path, 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', `parse:["${name}"] and ${name}: [ids...] are mutually exclusive.`);
}

function readNonce(errors: FormErrors, path: Path, value: unknown): string | number | undefined {
  if (typeof value === 'number') return value;
  return text(errors, path, value, { max: MAXIMUM_NONCE });
}

function readReference(errors: FormErrors, path: Path, value: unknown): ReferenceInput | undefined {
  if (!isFields(value)) return undefined;
  const { message_id: messageId, channel_id: channelId, fail_if_not_exists: fail, type } = value;
  if (!isSnowflake(messageId)) {
    errors.required([...path, 'message_id']);
    return undefined;
  }
  const forward = type === MessageReferenceType.Forward;
  if (forward && !isSnowflake(channelId)) errors.required([...path, 'channel_id']);
  return { messageId, channelId: isSnowflake(channelId) ? channelId : undefined, failIfNotExists: fail !== false, forward };
}

/** https://docs.discord.com/developers/reference#uploading-files: `files[n]` belongs to the attachment with id n. */
function readAttachments(
  errors: FormErrors,
  path: Path,
  value: unknown,
  files: readonly UploadedFile[],
): Pick<MessageInput, 'newFiles' | 'keptAttachments'> {
  const described = new Map<string, { name: string | undefined; description: string | undefined }>();
  const kept = new Set<string>();
  const entries = list(errors, path, value);
  const uploads = new Map(files.map((file) => [/^files?\[(\d+)\]$/.exec(file.field)?.[1] ?? file.field, file]));
  for (const [index, entry] of entries.entries()) {
    const fields = fieldsOf(entry);
    const id = String(fields['id'] ?? '');
    const name = text(errors, [...path, index, 'filename'], fields['filename'], { min: 1, max: 1024 });
    const description = text(errors, [...path, index, 'description'], fields['description'], { max: 1024 });
    if (uploads.has(id)) described.set(id, { name, description });
    else if (isSnowflake(id) && id.length > 10) kept.add(id);
    else errors.add([...path, index, 'id'], 'ATTACHMENT_NOT_FOUND', `The upload for attachment ${id} was not found`);
  }
  if (uploads.size + kept.size > MAXIMUM_ATTACHMENTS) throw restError('maximumAttachments');
  const newFiles = [...uploads].map(([id, file]) => ({
    name: described.get(id)?.name ?? file.name,
    description: described.get(id)?.description,
    contentType: file.contentType,
    bytes: file.bytes,
  }));
  return { newFiles, keptAttachments: Array.isArray(value) ? kept : undefined };
}
