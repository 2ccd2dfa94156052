import { DiscordAPIError, REST, RateLimitError } from 'discord.js';
import type { DiscordSimulator } from './api.ts';

/** discord.js's REST without its patience: no second try, and no waiting for a limit. */
export function restFor(simulator: DiscordSimulator, token = simulator.token): REST {
  return new REST({ api: simulator.apiUrl, retries: 0, rejectOnRateLimit: () => true }).setToken(token);
}

/** The refusal that a request ends in; a success is a failure of the test. */
export async function refusal(request: Promise<unknown>): Promise<{ status: number; code: number | string; errors: unknown }> {
  const result = await request.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in result) throw new Error(`Expected a refusal, got ${JSON.stringify(result.value)}`);
  if (result.error instanceof RateLimitError) return { status: 429, code: result.error.scope, errors: undefined };
  if (!(result.error instanceof DiscordAPIError)) throw result.error;
  const { status, code, rawError } = result.error;
  return { status, code, errors: 'errors' in rawError ? rawError.errors : undefined };
}
