import type { Guardrail } from '../conversation/prompt.ts';

/** A guardrail as its setting's value. */
export const guardrailText = (guardrail: Guardrail | undefined): string => (guardrail === undefined ? 'off' : `${guardrail.id}:${guardrail.version}`);

/** What a value of the setting stands for. An ARN has colons, too; the last one is before the version. */
export const guardrailFrom = (value: string): Guardrail | 'off' => {
  const colon = value.lastIndexOf(':');
  return colon < 0 ? 'off' : { id: value.slice(0, colon), version: value.slice(colon + 1) };
};
