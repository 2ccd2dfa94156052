import { z } from 'zod';

/** Bounds of what records hold: whatever is beyond them is damage. */
export const bounds = {
  /** Ids of Discord, and conversations' ids, which are made of them. They become parts of addresses. */
  id: z.string().regex(/^[\w:.-]{1,200}$/u),
  /** Milliseconds since the epoch: what a `Date` can be. */
  time: z.number().min(0).max(8.64e15),
  /** Whole numbers of things: tokens, bytes. */
  count: z.int().min(0).max(1e12),
  /** A language as Discord names it. */
  locale: z.string().max(20),
  /** A name of somebody or something. */
  name: z.string().max(1_000),
};

export const person = z.object({ id: bounds.id, name: bounds.name });

/** What a message holds, and what it passes on. */
export const quotedContent = z.object({
  text: z.string(),
  embeds: z.array(z.string()).exactOptional(),
  also: z.array(z.string()).exactOptional(),
  get forwarded() {
    return quotedContent.exactOptional();
  },
});

const said = quotedContent.extend({ author: person });
export const quotedMessage = said.extend({ answers: said.exactOptional() });
