import type { SayOptions } from './api.ts';
import { recordOf } from './handle-registry.ts';
import type { Said } from './people.ts';
import type { World } from './world.ts';

/** Writes the picked mentions into the content, and finds the records behind the handles. */
export function saidWith(world: World, content: string, options: SayOptions): { content: string; options: Said } {
  const { replyTo, forwardOf, mentions = [], mentionRoles = [], mentionEveryone, ...others } = options;
  const picked = [...mentions, ...mentionRoles].map(({ mention }) => mention);
  const words = [...(mentionEveryone ? ['@everyone'] : []), ...picked, content].filter((word) => word !== '');
  return {
    content: words.join(' '),
    options: {
      ...others,
      replyTo: replyTo && recordOf(world.messages, replyTo),
      forwardOf: forwardOf && recordOf(world.messages, forwardOf),
    },
  };
}
