import { expect } from 'vitest';
import { buttonsOf } from './pressing.ts';
import type { FaultOutcome, FaultRule, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** What Discord, something in between, or another server may say, and none of it on any list. */
export const REFUSALS: readonly [string, FaultOutcome, RegExp][] = [
  ['400 with code 50035', { status: 400, body: { code: 50_035, message: 'Invalid Form Body', errors: { content: { _errors: [{ code: 'BASE_TYPE', message: 'odd' }] } } } }, /400 with code 50035: Invalid Form Body/u],
  ['403 with code 20022', { status: 403, code: 20_022, message: 'This message cannot be edited' }, /403 with code 20022/u],
  ['403 with a page of HTML', { status: 403, html: '<html><head><title>Access denied</title></head></html>' }, /403 with code 0: Access denied/u],
  ['404 with code 0', { status: 404, code: 0, message: '404: Not Found' }, /404 with code 0: 404: Not Found/u],
  ["another server's own code", { status: 409, body: { code: 'E_NOPE', message: 'not today' } }, /409 with code E_NOPE: not today/u],
  ['418 with a list', { status: 418, body: ['short', 'stout'] }, /418 with code 0/u],
  ['400 with null', { status: 400, body: null }, /400 with code 0/u],
  ['422 with errors of another form', { status: 422, body: { code: 7, message: 'no', errors: { content: null } } }, /422 with code 7: no/u],
  ['451 with nothing', { status: 451, body: {} }, /451 with code 0/u],
];

/** Lets Discord answer so to whatever is asked of it about the messages of a channel, and matches `rule`. */
export const refuse = ({ discord }: World, place: SimulatedChannel, does: FaultOutcome, rule: Partial<FaultRule> = {}) =>
  discord.faults.add({ ...rule, does, when: (request) => request.path.startsWith(`/channels/${place.id}/messages`) && (rule.when?.(request) ?? true) });

/** Whether a request shows buttons. */
export const hasButtons: NonNullable<FaultRule['when']> = ({ body }) => ((body as { components?: unknown[] } | undefined)?.components ?? []).length > 0;

/** What stands in a channel from the bot. */
export const contents = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);

/** The lane goes on, and nothing of before comes up again. */
export const expectNextAnswered = async (world: World, place: SimulatedChannel): Promise<void> => {
  world.discord.faults.clear();
  const before = contents(place).length;
  const question = world.bo.say(place, `${world.discord.botUser.mention} and now?`);
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
  expect(contents(place)).toHaveLength(before + 1);
};

export const expectNoStop = (draft: SimulatedMessage): void => {
  if (!draft.deleted) expect(buttonsOf(draft)).not.toContain('Stop');
};
