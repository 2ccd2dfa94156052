import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { FormErrors } from './errors.ts';
import type { Fields, Path } from './shape.ts';
import { fieldsOf, integer, list, oneOf, text } from './shape.ts';

// https://docs.discord.com/developers/components/reference
const MAXIMUM_IN_ALL = 40;
const MAXIMUM_DISPLAYED_TEXT = 4000;

const selects: ReadonlySet<unknown> = new Set([
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
]);

const topLevelV2 = [
  ComponentType.ActionRow,
  ComponentType.Section,
  ComponentType.TextDisplay,
  ComponentType.MediaGallery,
  ComponentType.File,
  ComponentType.Separator,
  ComponentType.Container,
] as const;

/** Media channels are still being made, and who is strict does not take them. https://docs.discord.com/developers/resources/channel#channel-object-channel-types */
const choosableChannels: readonly number[] = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15];

/** No container stands in another one. */
const insideContainer = topLevelV2.filter((type) => type !== ComponentType.Container);

interface Walk {
  readonly errors: FormErrors;
  readonly v2: boolean;
  readonly customIds: Set<string>;
  count: number;
  displayedText: number;
}

export function validateComponents(errors: FormErrors, path: Path, value: unknown, v2: boolean): void {
  const walk: Walk = { errors, v2, customIds: new Set(), count: 0, displayedText: 0 };
  const components = list(errors, path, value, { max: v2 ? MAXIMUM_IN_ALL : 5 });
  for (const [index, component] of components.entries()) {
    topLevel(walk, [...path, index], fieldsOf(component));
  }
  if (v2 && walk.count > MAXIMUM_IN_ALL) {
    errors.add(path, 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', `Total number of components exceeds ${MAXIMUM_IN_ALL}`);
  }
  if (walk.displayedText > MAXIMUM_DISPLAYED_TEXT) {
    errors.add(path, 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', `Displayable text exceeds maximum size of ${MAXIMUM_DISPLAYED_TEXT}`);
  }
}

function topLevel(walk: Walk, path: Path, component: Fields): void {
  const allowed = walk.v2 ? topLevelV2 : ([ComponentType.ActionRow] as const);
  const type = oneOf(walk.errors, [...path, 'type'], component['type'], allowed);
  if (type !== undefined) layout(walk, path, component);
}

function layout(walk: Walk, path: Path, component: Fields): void {
  walk.count += 1;
  switch (component['type']) {
    case ComponentType.ActionRow:
      return actionRow(walk, path, component);
    case ComponentType.TextDisplay:
      return textDisplay(walk, path, component);
    case ComponentType.Section:
      return section(walk, path, component);
    case ComponentType.Container:
      return nested(walk, [...path, 'components'], component['components'], { min: 1, max: MAXIMUM_IN_ALL }, insideContainer);
    case ComponentType.MediaGallery:
      list(walk.errors, [...path, 'items'], component['items'], { min: 1, max: 10 });
      return undefined;
    default:
      return undefined;
  }
}

function nested(walk: Walk, path: Path, value: unknown, limits: { min: number; max: number }, allowed: readonly ComponentType[]): void {
  for (const [index, component] of list(walk.errors, path, value ?? [], limits).entries()) {
    const at = [...path, index];
    if (oneOf(walk.errors, [...at, 'type'], fieldsOf(component)['type'], allowed) !== undefined) layout(walk, at, fieldsOf(component));
  }
}

function textDisplay(walk: Walk, path: Path, component: Fields): void {
  const content = text(walk.errors, [...path, 'content'], component['content'], { min: 1, max: MAXIMUM_DISPLAYED_TEXT, required: true });
  walk.displayedText += content?.length ?? 0;
}

function section(walk: Walk, path: Path, component: Fields): void {
  nested(walk, [...path, 'components'], component['components'], { min: 1, max: 3 }, [ComponentType.TextDisplay]);
  const accessory = fieldsOf(component['accessory']);
  const at = [...path, 'accessory'];
  walk.count += 1;
  const type = oneOf(walk.errors, [...at, 'type'], accessory['type'], [ComponentType.Button, ComponentType.Thumbnail] as const);
  if (type === ComponentType.Button) button(walk, at, accessory);
}

function actionRow(walk: Walk, path: Path, row: Fields): void {
  const at = [...path, 'components'];
  const parts = list(walk.errors, at, row['components'] ?? [], { min: 1, max: 5 }).map(fieldsOf);
  const hasSelect = parts.some((part) => selects.has(part['type']));
  if (hasSelect && parts.length > 1) {
    walk.errors.add(at, 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'The total width of the components in this action row exceeds the limit of 5');
  }
  for (const [index, part] of parts.entries()) {
    walk.count += 1;
    if (part['type'] === ComponentType.Button) button(walk, [...at, index], part);
    else if (selects.has(part['type'])) select(walk, [...at, index], part);
    else oneOf(walk.errors, [...at, index, 'type'], part['type'], [2, 3, 5, 6, 7, 8]);
  }
}

function button(walk: Walk, path: Path, part: Fields): void {
  const { errors } = walk;
  const style = oneOf(errors, [...path, 'style'], part['style'], [1, 2, 3, 4, 5, 6]);
  const label = text(errors, [...path, 'label'], part['label'], { max: 80 });
  if (style === ButtonStyle.Link) {
    const url = text(errors, [...path, 'url'], part['url'], { min: 1, max: 512, required: true });
    if (url !== undefined && !/^(https?|discord):\/\//.test(url)) {
      errors.add([...path, 'url'], 'URL_TYPE_INVALID_SCHEME', 'Scheme must be one of (\'http\', \'https\', \'discord\').');
    }
    if (part['custom_id'] !== undefined) errors.add([...path, 'custom_id'], 'COMPONENT_CUSTOM_ID_WITH_URL', 'A link button has no custom id');
  } else if (style !== ButtonStyle.Premium) {
    customId(walk, path, part);
    if (part['url'] !== undefined) errors.add([...path, 'url'], 'COMPONENT_URL_WITH_CUSTOM_ID', 'Only a link button has a url');
  }
  if (style !== ButtonStyle.Premium && !label && !part['emoji']) {
    errors.add([...path, 'label'], 'BUTTON_COMPONENT_INVALID_DESIGN', 'Must have either a label or an emoji');
  }
}

function select(walk: Walk, path: Path, part: Fields): void {
  const { errors } = walk;
  customId(walk, path, part);
  text(errors, [...path, 'placeholder'], part['placeholder'], { max: 150 });
  integer(errors, [...path, 'min_values'], part['min_values'], { min: 0, max: 25 });
  integer(errors, [...path, 'max_values'], part['max_values'], { min: 1, max: 25 });
  const [least, most] = [Number(part['min_values'] ?? 1), Number(part['max_values'] ?? 1)];
  if (least > most) errors.add([...path, 'max_values'], 'SELECT_COMPONENT_MAX_VALUES_LESS_THAN_MIN', 'Must be greater than or equal to min_values');
  const chosen = list(errors, [...path, 'default_values'], part['default_values'] ?? [], { min: 0, max: 25 });
  if (chosen.length > most) errors.add([...path, 'default_values'], 'BASE_TYPE_BAD_LENGTH', `Must be ${most} or fewer in length.`);
  if (part['type'] === ComponentType.ChannelSelect) {
    for (const [index, type] of list(errors, [...path, 'channel_types'], part['channel_types'] ?? [], { min: 0, max: 25 }).entries()) {
      oneOf(errors, [...path, 'channel_types', index], type, choosableChannels);
    }
  }
  if (part['type'] !== ComponentType.StringSelect) return;
  selectOptions(errors, [...path, 'options'], part['options']);
  const defaults = list(errors, [...path, 'options'], part['options'] ?? [], { max: 25 }).filter((option) => fieldsOf(option)['default'] === true);
  if (defaults.length > most) errors.add([...path, 'options'], 'SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES', `No more than ${most} default values`);
}

function selectOptions(errors: FormErrors, path: Path, value: unknown): void {
  const values = new Set<unknown>();
  for (const [index, entry] of list(errors, path, value ?? [], { min: 1, max: 25 }).entries()) {
    const option = fieldsOf(entry);
    text(errors, [...path, index, 'label'], option['label'], { min: 1, max: 100, required: true });
    text(errors, [...path, index, 'value'], option['value'], { min: 1, max: 100, required: true });
    text(errors, [...path, index, 'description'], option['description'], { max: 100 });
    if (values.has(option['value'])) {
      errors.add([...path, index, 'value'], 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', 'The specified option value is already used');
    }
    values.add(option['value']);
  }
}

function customId(walk: Walk, path: Path, part: Fields): void {
  const id = text(walk.errors, [...path, 'custom_id'], part['custom_id'], { min: 1, max: 100, required: true });
  if (id === undefined) return;
  if (walk.customIds.has(id)) {
    walk.errors.add([...path, 'custom_id'], 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  walk.customIds.add(id);
}
