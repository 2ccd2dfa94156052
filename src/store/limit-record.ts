import { z } from 'zod';
import { bounds } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import type { LimitAccount } from '../policy/limit-account.ts';
import type { HeldQuestion } from '../policy/limit-plan.ts';

const VERSION = 1;

/** Billionths of a US dollar: more than a million dollars is damage. */
const nano = z.number().min(0).max(1e15);
const amount = z.number().min(0).max(1e12);
/** A day or a month, or a second since the epoch. */
const time = z.number().min(0).max(8.64e12);

const sum = z.object({ of: time, questions: amount, tokens: amount, heldTokens: amount, nano, heldNano: nano });
/** A second, and how often something was asked in it. */
const ticks = z.array(z.number().min(0).max(8.64e12)).max(20_000);

const account = z.object({
  version: z.literal(VERSION),
  minute: ticks.exactOptional(),
  hour: ticks.exactOptional(),
  day: z.array(sum).max(10).exactOptional(),
  month: z.array(sum).max(10).exactOptional(),
  atOnce: z.array(z.tuple([bounds.id, time])).max(10_000).exactOptional(),
});

type AccountRecord = LimitAccount & { readonly version: typeof VERSION };

/** What one member, channel or server has used of its limits. One that cannot be read begins anew. */
export const accountKind = jsonKind<AccountRecord>({ name: 'account of limits', prefix: 'limit:', version: VERSION, schema: account, empty: { version: VERSION } });

const counted = z.enum(['minute', 'hour', 'day', 'month', 'atOnce']);
const reached = z.object({
  per: z.enum(['member', 'role', 'channel', 'server', 'bot']),
  counts: z.enum(['questions', 'tokens', 'usd', 'at once']),
  window: z.enum(['minute', 'hour', 'day', 'month']).exactOptional(),
  most: z.number().min(0).max(1e15),
  opensAt: bounds.time.exactOptional(),
});

const held = z.object({
  version: z.literal(VERSION),
  second: time,
  day: time,
  month: time,
  tokens: amount,
  nano,
  modelId: z.string().max(2_048).exactOptional(),
  verdict: z.union([
    z.object({ is: z.literal('refused'), reached }),
    z.object({ is: z.literal('open'), model: z.string().max(2_048).exactOptional(), reached: z.array(reached).max(100) }),
  ]),
  accounts: z.array(z.object({ account: z.string().max(100), counted: z.array(counted).max(5) })).max(100),
});

type HeldRecord = HeldQuestion & { readonly version: typeof VERSION };

/** What is held for a question until its end, so that whoever brings it there knows what to give back. */
export const heldKind = jsonKind<HeldRecord>({ name: 'what is held for a question', prefix: 'limit-held:', version: VERSION, schema: held });
