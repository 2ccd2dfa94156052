import { ComponentType, TextInputStyle } from 'discord-api-types/v10';
import type { FormErrors } from './errors.ts';
import type { Fields, Path } from './shape.ts';
import { fieldsOf, integer, list, oneOf, text } from './shape.ts';

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal */
export function validateModal(errors: FormErrors, path: Path, value: unknown): void {
  const modal = fieldsOf(value);
  text(errors, [...path, 'custom_id'], modal['custom_id'], { min: 1, max: 100, required: true });
  text(errors, [...path, 'title'], modal['title'], { min: 1, max: 45, required: true });
  const seen = new Set<unknown>();
  for (const [index, entry] of list(errors, [...path, 'components'], modal['components'] ?? [], { min: 1, max: 5 }).entries()) {
    validateRow(errors, [...path, 'components', index], fieldsOf(entry), seen);
  }
}

function validateRow(errors: FormErrors, path: Path, row: Fields, seen: Set<unknown>): void {
  const type = oneOf(errors, [...path, 'type'], row['type'], [ComponentType.ActionRow, ComponentType.TextDisplay, ComponentType.Label] as const);
  if (type === ComponentType.ActionRow) {
    for (const [index, part] of list(errors, [...path, 'components'], row['components'] ?? [], { min: 1, max: 1 }).entries()) {
      const at = [...path, 'components', index];
      oneOf(errors, [...at, 'type'], fieldsOf(part)['type'], [ComponentType.TextInput]);
      text(errors, [...at, 'label'], fieldsOf(part)['label'], { min: 1, max: 45, required: true });
      validateField(errors, at, fieldsOf(part), seen);
    }
  } else if (type === ComponentType.Label) {
    text(errors, [...path, 'label'], row['label'], { min: 1, max: 45, required: true });
    text(errors, [...path, 'description'], row['description'], { max: 100 });
    validateField(errors, [...path, 'component'], fieldsOf(row['component']), seen);
  }
}

function validateField(errors: FormErrors, path: Path, part: Fields, seen: Set<unknown>): void {
  const id = text(errors, [...path, 'custom_id'], part['custom_id'], { min: 1, max: 100, required: true });
  if (id !== undefined && seen.has(id)) {
    errors.add([...path, 'custom_id'], 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  seen.add(id);
  if (part['type'] === ComponentType.TextInput) validateTextInput(errors, path, part);
  if (part['type'] === ComponentType.StringSelect) list(errors, [...path, 'options'], part['options'] ?? [], { min: 1, max: 25 });
}

function validateTextInput(errors: FormErrors, path: Path, part: Fields): void {
  oneOf(errors, [...path, 'style'], part['style'], [TextInputStyle.Short, TextInputStyle.Paragraph]);
  const minimum = integer(errors, [...path, 'min_length'], part['min_length'], { min: 0, max: 4000 }) ?? 0;
  const maximum = integer(errors, [...path, 'max_length'], part['max_length'], { min: 1, max: 4000 }) ?? 4000;
  text(errors, [...path, 'placeholder'], part['placeholder'], { max: 100 });
  const value = text(errors, [...path, 'value'], part['value'], { max: maximum });
  if (value && value.length < minimum) {
    errors.add([...path, 'value'], 'BASE_TYPE_MIN_LENGTH', `Must be ${minimum} or more in length.`);
  }
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-autocomplete */
export function validateAutocompleteChoices(errors: FormErrors, path: Path, value: unknown): void {
  for (const [index, entry] of list(errors, path, value ?? [], { max: 25 }).entries()) {
    const choice = fieldsOf(entry);
    text(errors, [...path, index, 'name'], choice['name'], { min: 1, max: 100, required: true });
    if (typeof choice['value'] !== 'number') {
      text(errors, [...path, index, 'value'], choice['value'], { min: 1, max: 100, required: true });
    }
  }
}
