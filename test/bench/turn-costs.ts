// `node test/bench/turn-costs.ts [BLOCKS]`: what a question costs by who shares its conversation, and by how long that is.
import { setTimeout as sleep } from 'node:timers/promises';
import { decide } from '../discord/deciding.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { newDiskStore } from './disk-store.ts';
import { ratioOf } from './ratio.ts';
import { PARLEY, median, startRig, until } from './rig.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedGuild, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { Ratio } from './ratio.ts';
import type { Rig, Subject } from './rig.ts';

export const SCOPES: readonly Scope[] = ['room', 'user', 'thread', 'reply'];

export interface TurnCosts {
  readonly scope: Scope;
  /** CPU time from the event on the gateway to the request at Bedrock, at turn 10: to scope `room`, where people reply as they do here. */
  readonly toRequest: Ratio;
  /** CPU time of a whole question at turn 500: to turn 10. */
  readonly late: Ratio;
}

/** Questions that are asked one after the other in one place, and measured together. */
const BLOCK = 5;
/** The turn in the middle of a block. */
const EARLY = 10;
const LATE = 500;
/** What is left to do behind an answer is over by then, in milliseconds. */
const SETTLE_MS = 30;
/** And what is left behind a request that was sent. */
const SENT_MS = 4;

/** A scope, and whether people reply to the answer before: Discord then sends that one along, whatever the scope. */
interface Kind {
  readonly scope: Scope;
  readonly isReply: boolean;
}

const isReplyIn = (scope: Scope): boolean => scope === 'reply';
const KINDS: readonly Kind[] = [...SCOPES.map((scope) => ({ scope, isReply: isReplyIn(scope) })), { scope: 'room', isReply: true }];

interface Place {
  readonly channel: SimulatedChannel;
  readonly isReply: boolean;
  last?: SimulatedMessage;
  turns: number;
}

const QUESTION = 'what becomes of the tides when nobody looks at them, and who would know? ';

const ask = async ({ discord }: Rig, member: SimulatedUser, place: Place): Promise<void> => {
  const replyTo = place.isReply ? place.last : undefined;
  const before = place.channel.fromBot.at(-1);
  member.say(place.channel, `${discord.botUser.mention} ${place.turns} ${QUESTION}`, replyTo === undefined ? {} : { replyTo });
  // A remark may stand below.
  if (!(await until(() => place.channel.fromBot.at(-1) !== before && place.channel.fromBot.at(-1)?.content.split('\n')[0]?.endsWith(' done') === true))) throw new Error('no answer');
  const answer = place.channel.fromBot.at(-1);
  if (answer !== undefined) place.last = answer;
  place.turns += 1;
};

interface Block {
  readonly toRequest: number;
  readonly whole: number;
}

const settled = async (rig: Rig): Promise<number> => {
  await sleep(SETTLE_MS);
  return rig.exactCpu();
};

const measureBlock = async (rig: Rig, place: Place): Promise<Block> => {
  const before = await settled(rig);
  const toRequest: number[] = [];
  for (let index = 0; index < BLOCK; index += 1) {
    const stream = manualStream();
    rig.bedrock.respondOnce(stream.responder);
    await sleep(SENT_MS);
    const asked = rig.exactCpu();
    const answered = ask(rig, rig.member, place);
    await stream.request;
    await sleep(SENT_MS);
    toRequest.push(rig.exactCpu() - asked);
    await stream.text('An answer of a few words is done');
    await stream.finish();
    await answered;
  }
  return { toRequest: median(toRequest), whole: ((await settled(rig)) - before) / BLOCK };
};

/** One process, in which each scope holds on a server of its own; all are measured by turns. @param blocks for each scope and length */
export const measureTurnCosts = async (subject: Subject, blocks: number): Promise<readonly TurnCosts[]> => {
  const url = newDiskStore();
  const guilds = new Map<Scope, SimulatedGuild>();
  const prepare = async (discord: DiscordSimulator, member: SimulatedUser): Promise<void> => {
    for (const scope of SCOPES) {
      const guild = discord.addGuild({ members: [member] });
      guilds.set(scope, guild);
      await decide(url, guild.id, { server: { scope } });
    }
  };
  const rig = await startRig(subject, { environment: { STORE_URL: url }, prepare });
  try {
    const answerAll = (): void => rig.bedrock.respond({ text: 'An answer of a few words is done' });
    answerAll();
    let places = 0;
    const newPlace = ({ scope, isReply }: Kind): Place => {
      const guild = guilds.get(scope);
      if (guild === undefined) throw new Error('no server');
      const channel = guild.addChannel({ name: `place-${(places += 1)}` });
      return { channel: scope === 'thread' ? rig.member.startThread(channel, { name: 'tides' }) : channel, isReply, turns: 0 };
    };
    const grow = async (place: Place, turns: number): Promise<Place> => {
      while (place.turns < turns) await ask(rig, rig.member, place);
      return place;
    };
    const lateFrom = LATE - Math.floor((blocks * BLOCK) / 2);
    const late = await Promise.all(KINDS.map(async (kind) => grow(newPlace(kind), lateFrom)));
    const measured: { readonly kind: Kind; readonly blocks: { early: Block; late: Block }[] }[] = KINDS.map((kind) => ({ kind, blocks: [] }));
    for (let index = 0; index < blocks; index += 1) {
      const early = await Promise.all(KINDS.map(async (kind) => grow(newPlace(kind), EARLY - Math.ceil(BLOCK / 2))));
      // Whoever comes first is not always the same.
      for (const at of KINDS.map((_kind, place) => (place + index) % KINDS.length)) {
        const [first, second] = [early[at], late[at]] as [Place, Place];
        const isEarlyFirst = Math.floor(index / KINDS.length) % 2 === 0;
        const blocksOf = [];
        for (const place of isEarlyFirst ? [first, second] : [second, first]) blocksOf.push(await measureBlock(rig, place));
        const [one, other] = (isEarlyFirst ? blocksOf : blocksOf.toReversed()) as [Block, Block];
        measured[at]?.blocks.push({ early: one, late: other });
      }
    }
    const blocksIn = (scope: Scope, isReply: boolean) => measured.find(({ kind }) => kind.scope === scope && kind.isReply === isReply)?.blocks ?? [];
    return SCOPES.map((scope) => {
      const own = blocksIn(scope, isReplyIn(scope));
      const ofRoom = blocksIn('room', isReplyIn(scope));
      return {
        scope,
        toRequest: ratioOf(own.map(({ early }, index) => [early.toRequest, ofRoom[index]?.early.toRequest ?? Number.NaN])),
        late: ratioOf(own.map((block) => [block.late.whole, block.early.whole])),
        figures: [median(own.map(({ early }) => early.toRequest)), median(own.map(({ early }) => early.whole)), median(own.map((block) => block.late.whole))],
        ofRoom: median(ofRoom.map(({ early }) => early.toRequest)),
      };
    });
  } finally {
    await rig.close();
  }
};

if (import.meta.main) {
  for (const one of await measureTurnCosts(PARLEY, Number(process.argv[2] ?? 80))) console.log(JSON.stringify(one));
}
