// `node --expose-gc test/bench/scopes.ts [ROUNDS]`: what a question costs by who shares its conversation, each scope in turn in the same build.
import { setTimeout as sleep } from 'node:timers/promises';
import { PARLEY, median, startRig, until } from './rig.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';

const SCOPES: readonly Scope[] = ['room', 'user', 'thread', 'reply'];
const AT_ONCE = 20;
const WARM = 6;
const MEASURED = 20;
const SETTLE_MS = 20;

interface Measured {
  /** From the event on the gateway to the request at Bedrock, p50 in milliseconds. */
  readonly toRequest: number;
  /** CPU time of the whole question, in milliseconds. */
  readonly cpu: number;
}

/** People who each go on with a conversation, by replies to the last answer, in a channel of their own: only who shares it differs. */
const measure = async (scope: Scope): Promise<Measured> => {
  const rig = await startRig(PARLEY, { channels: AT_ONCE, environment: { CONVERSATION_SCOPE: scope, STORE_URL: 'memory://' } });
  const { discord, bedrock, channels, member } = rig;
  try {
    let asked = 0;
    const last = new Map<number, SimulatedMessage>();
    const round = async (): Promise<readonly number[]> => {
      const first = asked;
      asked += AT_ONCE;
      const [askedAt, delays]: [number[], number[]] = [[], []];
      bedrock.respond(({ body, receivedAt }) => {
        const text = (body?.messages.at(-1)?.content ?? []).map((block) => block.text ?? '').join(' ');
        const number = Number(/q(\d+)q/u.exec(text)?.[1]) - first;
        delays[number] = receivedAt - (askedAt[number] ?? Number.NaN);
        return { text: `answer ${first + number} done` };
      });
      for (const [index, channel] of channels.entries()) {
        askedAt[index] = performance.now();
        const replyTo = last.get(index);
        member.say(channel, `${discord.botUser.mention} q${first + index}q`, replyTo === undefined ? {} : { replyTo });
      }
      const answerIn = (index: number): SimulatedMessage | undefined => {
        const answer = channels[index]?.fromBot.at(-1);
        return answer?.content.endsWith(`answer ${first + index} done`) === true ? answer : undefined;
      };
      if (!(await until(() => channels.every((_channel, index) => answerIn(index) !== undefined)))) throw new Error('not all were answered');
      for (const index of channels.keys()) last.set(index, answerIn(index) as SimulatedMessage);
      // What is left to do behind the last answers is not the next round's.
      await sleep(SETTLE_MS + AT_ONCE);
      return delays;
    };
    for (let index = 0; index < WARM; index += 1) await round();
    const before = rig.cpu();
    const delays: number[] = [];
    for (let index = 0; index < MEASURED; index += 1) delays.push(median(await round()));
    return { toRequest: median(delays), cpu: (rig.cpu() - before) / (MEASURED * AT_ONCE) };
  } finally {
    await rig.close();
  }
};

const rounds = Number(process.argv[2] ?? 5);
const all = new Map<Scope, Measured[]>(SCOPES.map((scope) => [scope, []]));
for (let index = 0; index < rounds; index += 1) {
  // Whoever comes first is not always the same.
  const order = SCOPES.map((_scope, place) => SCOPES[(place + index) % SCOPES.length] as Scope);
  for (const scope of order) all.get(scope)?.push(await measure(scope));
}
const [room] = SCOPES;
const figure = (scope: Scope, pick: (one: Measured) => number): number => median((all.get(scope) ?? []).map(pick));
/** Of pairs of the same round, so that what else the machine does matters less. */
const ratio = (scope: Scope, pick: (one: Measured) => number): number =>
  median((all.get(scope) ?? []).map((one, index) => pick(one) / pick(all.get(room as Scope)?.[index] ?? one)));
console.log('| scope | event → request, p50 | to room | CPU of a question | to room |\n|---|---|---|---|---|');
for (const scope of SCOPES) {
  const [toRequest, cpu] = [(one: Measured): number => one.toRequest, (one: Measured): number => one.cpu];
  console.log(`| ${scope} | ${figure(scope, toRequest).toFixed(2)} ms | ${ratio(scope, toRequest).toFixed(2)} × | ${figure(scope, cpu).toFixed(2)} ms | ${ratio(scope, cpu).toFixed(2)} × |`);
}
