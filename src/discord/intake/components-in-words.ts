import { ComponentType } from 'discord.js';
import { cleanLine, hasVisibleText } from '../../conversation/question.ts';

/** A component in Discord's own words, as far as somebody reads it. @see https://docs.discord.com/developers/components/reference */
interface ComponentFields {
  readonly type?: unknown;
  readonly content?: unknown;
  readonly label?: unknown;
  readonly placeholder?: unknown;
  readonly description?: unknown;
  readonly name?: unknown;
  readonly emoji?: unknown;
  readonly file?: unknown;
  readonly accessory?: unknown;
  readonly components?: unknown;
  readonly component?: unknown;
  readonly options?: unknown;
  readonly items?: unknown;
}

/** Discord allows 80 characters for a button, 100 for an option, 150 for a menu; what stands behind a picture may be longer. */
const MAX_LINE = 300;
/** What all of them may say together: a message holds 40, among them menus of 25 options. */
const MAX_WORDS = 4_000;

const fieldsOf = (value: unknown): ComponentFields => (typeof value === 'object' && value !== null ? value : {});

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text of a component as one line; undefined where there is nothing to see. */
const lineOf = (text: unknown): string | undefined => (typeof text === 'string' && hasVisibleText(text) ? cleanLine(text, MAX_LINE) : undefined);

const joined = (...texts: readonly (string | undefined)[]): string | undefined => texts.filter((text) => text !== undefined).join(' ') || undefined;

/** All components of a message, those within others too, in the order in which people see them. */
const flattened = (components: readonly unknown[]): ComponentFields[] =>
  components.flatMap((component) => {
    const fields = fieldsOf(component);
    return [fields, ...flattened(listOf(fields.components)), ...flattened([fields.component, fields.accessory].filter((one) => one !== undefined))];
  });

/** The texts of a message that is all components. */
export const componentTexts = (components: readonly unknown[]): string[] =>
  flattened(components).flatMap(({ type, content }) => (type === ComponentType.TextDisplay && typeof content === 'string' ? [content] : []));

const optionWords = (option: unknown): string => {
  const { label, description } = fieldsOf(option);
  return ['\n-', lineOf(label) ?? 'without a name', lineOf(description) === undefined ? undefined : `(${lineOf(description)})`].filter((text) => text !== undefined).join(' ');
};

const pictureWords = (picture: unknown): string => `\n- ${lineOf(fieldsOf(picture).description) ?? 'without a description'}`;

/** A file lies beside the components: its address is its name. */
const fileName = ({ name, file }: ComponentFields): string | undefined => {
  const { url } = fieldsOf(file) as { readonly url?: unknown };
  return lineOf(name) ?? lineOf(typeof url === 'string' ? /^attachment:\/\/(.+)$/u.exec(url)?.[1] : undefined);
};

const wordsOf = (component: ComponentFields): string | undefined => {
  const { type, label, placeholder, description, emoji, options, items } = component;
  switch (type) {
    case ComponentType.Button:
      return `Button: ${joined(lineOf((fieldsOf(emoji) as { readonly name?: unknown }).name), lineOf(label)) ?? 'without a name'}`;
    case ComponentType.StringSelect:
    case ComponentType.UserSelect:
    case ComponentType.RoleSelect:
    case ComponentType.MentionableSelect:
    case ComponentType.ChannelSelect:
      return `Menu: ${lineOf(placeholder) ?? 'without a name'}${listOf(options).map(optionWords).join('')}`;
    case ComponentType.Thumbnail:
      return lineOf(description) === undefined ? undefined : `Small picture: ${lineOf(description)}`;
    case ComponentType.MediaGallery:
      return listOf(items).length === 0 ? undefined : `Pictures or videos:${listOf(items).map(pictureWords).join('')}`;
    case ComponentType.File:
      return `File: ${fileName(component) ?? 'without a name'}`;
    default:
      // Of kinds that are newer than this, at least what people call them.
      return typeof type === 'number' && ComponentType[type] === undefined ? lineOf(label) : undefined;
  }
};

/** What people see of the components of a message besides its texts: buttons and menus by their labels, pictures by their descriptions. */
export const componentsInWords = (components: readonly unknown[]): string[] => {
  const texts: string[] = [];
  let room = MAX_WORDS;
  for (const component of flattened(components)) {
    const words = wordsOf(component);
    if (words === undefined || words.length > room) continue;
    texts.push(words);
    room -= words.length;
  }
  return texts;
};
