import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../property.ts';
import { expect, it } from 'vitest';
import { SCOPES } from '../../src/conversation/scope.ts';
import { startAnswering, wordsIn } from './scope-circles.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { Said } from './scope-circles.ts';

const CHANNELS = Array.from({ length: 12 }, (_, index) => String(100 + index));
/** Half of them. */
const isThread = (channelId: string): boolean => Number(channelId) % 2 === 1;
const PEOPLE = ['1', '2', '3', '4', '5'];
const STEPS = 40;
const AT_ONCE = 6;

/** Who hears of a question that begins a conversation, as the README says it. */
const circleOf = (scope: Scope, channelId: string, askerId: string, id: string, isPrivate: boolean): string => {
  if (isPrivate) return `${askerId} in private in ${channelId}`;
  if (scope === 'room' || (scope === 'thread' && isThread(channelId))) return `all in ${channelId}`;
  return scope === 'reply' ? `those who reply to ${id}` : `${askerId} in ${channelId}`;
};

const isChain = (circle: string): boolean => circle.startsWith('those who');

/** What one question and its answer, as it is shown now, say to those of their circle. */
const wordsOf = ({ question, shown, quotes }: Said): string[] => [question.text, shown, ...(quotes === undefined ? [] : [quotes])];
const wordsOfThose = (all: readonly Said[], isAmong: (said: Said) => boolean): ReadonlySet<string> => new Set(all.flatMap((said) => (isAmong(said) ? wordsOf(said) : [])));
const without = (words: ReadonlySet<string>, known: ReadonlySet<string>): string[] => [...words.difference(known)];

const wayTo = (said: Said | undefined): readonly Said[] => (said === undefined ? [] : [...wayTo(said.parent), said]);

it('whatever is asked where and when, by whom and in which scope, a model hears only of its own conversation, and of all of that that was not undone or forgotten', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(0xffff)), async (stream) => {
      const pick = <Item>(items: readonly Item[]): Item => items[(stream.next().value ?? 0) % items.length] as Item;
      const chance = (percent: number): boolean => (stream.next().value ?? 0) % 100 < percent;
      const folder = mkdtempSync(join(tmpdir(), 'parley-'));
      const scopes = new Map(CHANNELS.map((channelId, index) => [channelId, SCOPES[index % SCOPES.length] as Scope]));
      let words = 0;
      let ids = 1_000;
      const word = (): string => `w${(words += 1)}w`;
      const processes = [0, 1].map(() => startAnswering(`sqlite://${join(folder, 'store.sqlite')}`, (channelId) => scopes.get(channelId) ?? 'room', isThread, word));
      const all: Said[] = [];
      const conversations = new Set<string>();

      const ask = async (before: readonly Said[]): Promise<Said> => {
        const [channelId, askerId, id, isPrivate] = [pick(CHANNELS), pick(PEOPLE), String((ids += 1)), chance(15)];
        const scope = scopes.get(channelId) ?? 'room';
        const there = before.filter(({ question }) => question.conversationId.split(':', 1)[0] === channelId && question.isShared);
        const pointed = !isPrivate && there.length > 0 && chance(scope === 'reply' ? 75 : 25) ? pick(there) : undefined;
        const parent = scope === 'reply' && pointed !== undefined && isChain(pointed.circle) ? pointed : undefined;
        const circle = parent?.circle ?? circleOf(scope, channelId, askerId, id, isPrivate);
        const own = word();
        const question: Question = {
          id,
          conversationId: isPrivate ? `${channelId}:${askerId}` : channelId,
          guildId: '9',
          asker: { id: askerId, name: 'somebody' },
          askedAt: 1_000,
          text: own,
          isShared: !isPrivate,
          ...(pointed === undefined ? {} : { pointsAt: [pointed.messageId], ownAnswer: { messageId: pointed.messageId, quoting: { repliedTo: { author: { id: '0', name: 'Parley' }, text: pointed.shown } } } }),
        };
        const messageId = `5${id}`;
        const { question: placed, reply, prompt } = await pick(processes).ask(question, messageId);
        conversations.add(placed.conversationId);
        const heard = wordsIn(prompt);
        const earlier = parent === undefined ? before.filter((one) => one.circle === circle) : wayTo(parent);
        const quotes = pointed === undefined || earlier.includes(pointed) ? undefined : pointed.shown;
        const must = new Set([own, ...earlier.flatMap(wordsOf), ...(quotes === undefined ? [] : [quotes])]);
        expect(without(must, heard)).toEqual([]);
        strays.push({ circle, words: new Set(without(heard, must)) });
        return { question: { ...placed, text: own }, shown: reply, messageId, circle, parent, quotes };
      };
      let strays: { readonly circle: string; readonly words: ReadonlySet<string> }[] = [];

      try {
        for (let step = 0; step < STEPS; step += 1) {
          strays = [];
          const before = [...all];
          const now = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(before)));
          all.push(...now);
          // What was asked at the same moment in the same line may be there or not; in a chain it hangs beside.
          for (const { circle, words: stray } of strays) expect(without(stray, wordsOfThose(now, (one) => one.circle === circle && !isChain(circle)))).toEqual([]);
          if (chance(40)) {
            const said = pick(all);
            // What it quoted then is quoted again, as a button reads it from what is remembered; what it only went on from is not.
            const { pointsAt: _pointsAt, ownAnswer, ...asked } = said.question;
            const question = said.quotes === undefined || ownAnswer === undefined ? asked : { ...asked, ownAnswer };
            const { reply, prompt } = await pick(processes).ask({ ...question, id: String((ids += 1)), firstAskedAs: question.id }, said.messageId);
            const way = new Set([...wayTo(said.parent).flatMap(wordsOf), said.question.text, said.quotes ?? '']);
            expect(without(wordsIn(prompt), isChain(said.circle) ? way : wordsOfThose(all, (one) => one.circle === said.circle))).toEqual([]);
            said.shown = reply;
          }
          if (chance(30)) {
            const said = pick(all);
            said.shown = (await pick(processes).turn(said)) ?? said.shown;
          }
          if (chance(20)) {
            const said = pick(all);
            await pick(processes).undo(said);
            for (const one of all) if (one.parent === said) one.parent = said.parent;
            all.splice(all.indexOf(said), 1);
          }
          if (chance(8)) {
            const { question: { conversationId } } = pick(all);
            await pick(processes).forget(pick(all.filter(({ question }) => question.conversationId === conversationId)));
            const rest = all.filter(({ question }) => question.conversationId !== conversationId);
            all.splice(0, all.length, ...rest);
          }
          if (step >= STEPS / 2 && chance(30)) scopes.set(pick(CHANNELS), pick(SCOPES));
        }
        expect(conversations.size).toBeGreaterThanOrEqual(50);
      } finally {
        await Promise.all(processes.map((each) => each.close()));
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 12 },
  );
});
