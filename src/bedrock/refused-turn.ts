/** `messages.3.content.0.text: …`, `messages[3]`, `#/messages/3/content`, `$.messages[3]`: as Anthropic, JSON Schema and Bedrock count them, from 0. */
const TURN = /\bmessages(?:\.|\[|\/)(\d{1,5})(?!\d)/iu;
/** Bedrock's own checks: `The content field in the Message object at messages.3 is empty`, or `… at index 3`. */
const AT_INDEX = /\bmessages?\b[^.]{0,40}\bat (?:index|position) (\d{1,5})(?!\d)/iu;

/** The turn of a prompt that a refusal is about, counted from 0; undefined where it names none. */
export const refusedTurnIn = (message: string): number | undefined => {
  const [, index] = TURN.exec(message) ?? AT_INDEX.exec(message) ?? [];
  return index === undefined ? undefined : Number(index);
};

/** Fields of a request beside its turns, as Converse and the makers of models call them. */
const FIELD =
  /\b(?:temperature|top_?[pk]|max_?tokens|max_new_tokens|stop_?sequences|inference_?config|thinking|budget_tokens|output_?config|cache_?(?:control|point)|tool_?(?:config|choice)|(?:service )?tier|performance_?config|additionalModel\w+|extraneous key|extra inputs)\b|\bsystem(?:\.\d|\[\d|:)/iu;

/** Whether a refusal is about something else than what was said: it names a field that is the same in each request. */
export const isOfField = (message: string): boolean => FIELD.test(message);
