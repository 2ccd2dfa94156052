import type { FormErrors } from './errors.ts';
import type { Path } from './shape.ts';
import { fieldsOf, integer, list, text } from './shape.ts';

// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const SUM_OF_ALL = 6000;

export function validateEmbeds(errors: FormErrors, path: Path, value: unknown): void {
  const embeds = list(errors, path, value, { max: 10 });
  let sum = 0;
  for (const [index, embed] of embeds.entries()) sum += validateEmbed(errors, [...path, index], embed);
  if (sum > SUM_OF_ALL) {
    errors.add(path, 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${SUM_OF_ALL}`);
  }
}

/** Answers how many characters count towards the sum. */
function validateEmbed(errors: FormErrors, path: Path, value: unknown): number {
  const embed = fieldsOf(value);
  const footer = fieldsOf(embed['footer']);
  const author = fieldsOf(embed['author']);
  const texts = [
    text(errors, [...path, 'title'], embed['title'], { max: 256 }),
    text(errors, [...path, 'description'], embed['description'], { max: 4096 }),
    text(errors, [...path, 'footer', 'text'], footer['text'], { max: 2048 }),
    text(errors, [...path, 'author', 'name'], author['name'], { max: 256 }),
  ];
  const fields = list(errors, [...path, 'fields'], embed['fields'], { max: 25 });
  for (const [index, entry] of fields.entries()) {
    const field = fieldsOf(entry);
    texts.push(text(errors, [...path, 'fields', index, 'name'], field['name'], { min: 1, max: 256, required: true }));
    texts.push(text(errors, [...path, 'fields', index, 'value'], field['value'], { min: 1, max: 1024, required: true }));
  }
  integer(errors, [...path, 'color'], embed['color'], { min: 0, max: 0xff_ff_ff });
  const url = text(errors, [...path, 'url'], embed['url'], { max: 2048 });
  if (url !== undefined && !/^(https?|attachment):\/\//.test(url)) {
    errors.add([...path, 'url'], 'URL_TYPE_INVALID_URL', 'Not a well formed URL.');
  }
  const timestamp = text(errors, [...path, 'timestamp'], embed['timestamp'], {});
  if (timestamp !== undefined && Number.isNaN(Date.parse(timestamp))) {
    errors.add([...path, 'timestamp'], 'DATE_TIME_TYPE_PARSE', `Could not parse ${timestamp}. Should be ISO8601.`);
  }
  const shown = texts.some(Boolean) || url !== undefined || embed['image'] || embed['thumbnail'] || embed['video'];
  if (!shown) errors.required([...path, 'description']);
  return texts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
