import type { ImageLimit } from './image-limit.ts';
import type { LanguageModel } from './ports.ts';
import type { PromptSettings } from './prompt.ts';
import type { Question } from './question.ts';

/** What an admin has chosen for the place where a question is asked. */
export interface PlaceSettings extends PromptSettings {
  readonly model: LanguageModel;
  /** How many images the model takes in one request. */
  readonly imageLimit: Pick<ImageLimit, 'most' | 'lower'>;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
}

/** A place: a channel, of a server where `guildId` says which, and who asks there. */
export type AskedPlace = Pick<Question, 'guildId' | 'conversationId' | 'asker' | 'isShared'>;

/** Settings as they are at this moment; cheap. */
export type SettingsFor = (place: AskedPlace) => PlaceSettings;
