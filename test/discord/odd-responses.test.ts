import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../chaos/odd-refusals.ts';
import { isDraft, judge } from '../chaos/judge.ts';
import { createModel } from '../chaos/model.ts';
import { questionMark } from '../chaos/marks.ts';
import { createRandom } from '../chaos/random.ts';
import { startWorld } from '../start-parley.ts';
import type { AskedQuestion } from '../chaos/people.ts';
import type { PlannedQuestion } from '../chaos/schedule.ts';
import type { Random } from '../chaos/random.ts';
import type { FaultOutcome } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const SEED = Number(process.env['RANDOM_SEED'] ?? 20_261_129);
const CASES = Number(process.env['RANDOM_CASES'] ?? 40);
/** Longer than Discord is asked to take back what shows no answer. */
const WITHIN_MS = 60_000;

const CALLBACK = 'POST /interactions/:id/:token/callback';
const RESPONSE = '/webhooks/:id/:token/messages/@original';
const CREATE = 'POST /channels/:id/messages';
/** Those on which most depends twice. Without a look at the channel, or a nonce of its own, nobody knows what became of a message. */
const ROUTES = [CALLBACK, CALLBACK, `PATCH ${RESPONSE}`, `PATCH ${RESPONSE}`, `GET ${RESPONSE}`, `DELETE ${RESPONSE}`, CREATE, CREATE, 'PATCH /channels/:id/messages/:id', 'DELETE /channels/:id/messages/:id'] as const;

/** Said of a channel, it ends an answer wherever that is; a token needs no permission. */
const NO_ACCESS = [50_013, 10_003, 50_001] as const;
const isOfAccess = (outcome: FaultOutcome): boolean => typeof outcome === 'object' && 'code' in outcome && NO_ACCESS.includes(outcome.code as 50_013);

const oddOutcome = (random: Random, route: string): FaultOutcome => {
  const isByToken = !route.includes('/channels/');
  const kind = random.weighted({ refusal: 3, 'done, and refused': 1.5, 'no access': isByToken ? 3 : 0, 'apply-then-502': 1, 'apply-then-reset': 1, reset: 0.5, slow: 0.5 });
  if (kind === 'slow') return { delayMs: random.integer(100, 1_500), when: random.pick(['before', 'after']) };
  if (kind === 'no access') return { status: random.pick([403, 404]), code: random.pick(NO_ACCESS), message: 'no' };
  if (kind !== 'refusal' && kind !== 'done, and refused') return kind;
  const refusal = refusalOf(random) as Extract<FaultOutcome, { readonly status: number }>;
  if (isOfAccess(refusal)) return isByToken ? refusal : { ...refusal, code: 20_022 };
  return kind === 'refusal' ? refusal : { ...refusal, applies: true };
};

interface Case {
  readonly planned: PlannedQuestion;
  readonly troubles: readonly { readonly route: string; readonly times: number; readonly does: FaultOutcome }[];
}

const planCase = (random: Random, index: number): Case => ({
  troubles: Array.from({ length: random.integer(1, 6) }, () => {
    const route = random.pick(ROUTES);
    // For ten seconds Discord is asked to take back what shows no answer.
    return { route, times: route.startsWith('DELETE') ? 1 : random.integer(1, 3), does: oddOutcome(random, route) };
  }),
  planned: {
    index,
    member: 0,
    place: { type: 'channel', number: 0 },
    door: 'ask',
    gapMs: 0,
    sentences: random.chance(0.2) ? random.integer(40, 60) : random.integer(1, 12),
    pieceMs: random.pick([0, 20, 100, 200]),
    troubles: random.pick([[], [], [], ['slow start'], ['pause']]),
  },
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
});
afterAll(() => world.close());

/** A command in a channel of its own, by somebody of its own, to whom all of that is said. */
const ask = (index: number, troubles: Case['troubles']) => {
  const { discord, guild } = world;
  const place = guild.addChannel({ name: `case-${index}` });
  const asker = discord.addUser({ name: `asker${index}` });
  guild.addMember(asker);
  let token = place.id;
  for (const trouble of troubles) discord.faults.add({ ...trouble, when: ({ path }) => path.includes(place.id) || path.includes(token) });
  const interaction = asker.runCommand(place, 'ask', { prompt: `please tell me about tea ${questionMark(index)}` });
  ({ token } = interaction);
  return { id: interaction.id, asker, place, interaction, thread: () => undefined };
};

/** Whether people have one answer, or one honest sentence, and nothing looks as if it still grew. */
const isFine = (asked: AskedQuestion): boolean => {
  const outcome = judge(asked);
  const isToldDirectly = outcome === 'not accepted' && asked.asker.dm.fromBot.some(({ content }) => content.includes(`<#${asked.place.id}>`));
  return (isToldDirectly || outcome === 'answered' || outcome === 'refused' || outcome === 'broken off') && !asked.place.fromBot.some(isDraft);
};

const serve = (cases: readonly Case[]): void => {
  world.bedrock.respond(createModel(cases.map(({ planned }) => planned)));
};

describe('whatever Discord says to a command and its answer', () => {
  it('there is one answer, and nothing that still looks as if it grew', async () => {
    const cases = Array.from({ length: CASES }, (_, index) => planCase(createRandom(SEED + index), index));
    serve(cases);
    const all = cases.map(({ planned, troubles }) => ({ troubles, asked: { planned, ...ask(planned.index, troubles) } }));
    await expect.poll(() => all.every(({ asked }) => isFine(asked)), { timeout: WITHIN_MS, interval: 50 }).toBe(true).catch(() => undefined);
    // Also when the last one has ended.
    const wrong = all.filter(({ asked }) => !isFine(asked));
    expect(wrong.map(({ asked, troubles }) => `case ${asked.planned.index}: ${judge(asked)} ${JSON.stringify(troubles)}\n${world.discord.transcript(asked.place)}`)).toEqual([]);
  }, WITHIN_MS * 3);

  const noAccess: FaultOutcome = { status: 403, code: 50_013, message: 'Missing Permissions' };
  it.each<readonly [string, Case['troubles'], readonly ('answered' | 'not accepted')[]]>([
    [
      'its beginning is there although nobody said so, its answer is let in nowhere but behind it, and nobody may look',
      [
        { route: CALLBACK, times: 1, does: 'apply-then-502' },
        { route: `PATCH ${RESPONSE}`, times: 20, does: { status: 403, code: 20_022, message: 'no' } },
        { route: CREATE, times: 20, does: { status: 403, code: 20_022, message: 'no' } },
        { route: `GET ${RESPONSE}`, times: 3, does: noAccess },
      ],
      ['answered'],
    ],
    ['what needs no permission is refused for want of one', [{ route: CALLBACK, times: 2, does: noAccess }, { route: `PATCH ${RESPONSE}`, times: 2, does: noAccess }], ['answered']],
    [
      'a message of the channel is made unseen, and none may be made from then on',
      [
        { route: CALLBACK, times: 20, does: { status: 418, body: {} } },
        { route: CREATE, times: 1, does: 'apply-then-reset' },
        { route: CREATE, times: 20, does: noAccess },
      ],
      // By the event that tells of the message; where that is late, the asker is told directly.
      ['answered', 'not accepted'],
    ],
    [
      'a message of the channel is made unseen, and refused, and the response is taken then',
      [
        { route: CALLBACK, times: 2, does: { status: 418, body: {} } },
        { route: CREATE, times: 20, does: { status: 422, body: { code: 7, message: 'no' }, applies: true } },
      ],
      ['answered'],
    ],
  ])('also where %s', async (_what, troubles, outcomes) => {
    const index = CASES + 1;
    const planned: PlannedQuestion = { index, member: 0, place: { type: 'channel', number: 0 }, door: 'ask', gapMs: 0, sentences: 6, pieceMs: 100, troubles: [] };
    serve([...Array.from({ length: index }, () => ({ planned, troubles })), { planned, troubles }]);
    const asked: AskedQuestion = { planned, ...ask(index, troubles) };
    await expect.poll(() => [outcomes.some((outcome) => outcome === judge(asked)), isFine(asked)]).toEqual([true, true]);
  });
});
