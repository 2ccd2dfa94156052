import type { SimulatedChannel, SimulatedMessage } from './api.ts';
import { fieldsOf } from './shape.ts';

/** What a person would see in a channel, and what is no longer there. */
export function transcript(channel: SimulatedChannel, last = Infinity): string {
  const lines = channel.messages.slice(-last).map(lineOf);
  return [`#${channel.name} (${channel.id})`, ...(lines.length > 0 ? lines : ['  (nothing)'])].join('\n');
}

function lineOf(message: SimulatedMessage): string {
  const marks = [
    message.author.bot && 'bot',
    message.thinking && 'thinking…',
    message.ephemeral && `only for ${message.viewerIds?.join(', ')}`,
    message.edited && `edited, ${message.revisions.length} revisions`,
    message.deleted && 'deleted',
    message.referenceId !== undefined && `about ${message.referenceId}`,
  ].filter(Boolean);
  const parts = [
    `  ${message.id} ${message.author.name}${marks.length > 0 ? ` [${marks.join('; ')}]` : ''}: ${JSON.stringify(message.content)}`,
    ...message.attachments.map(({ name, size }) => `    file ${name} (${size} bytes)`),
    ...labels(message.components).map((label) => `    component ${label}`),
  ];
  return parts.join('\n');
}

function labels(components: readonly unknown[]): string[] {
  return components.flatMap((entry) => {
    const { custom_id: id, label, disabled, content, components: nested } = fieldsOf(entry);
    if (id !== undefined) return [`${String(label ?? '')} (${String(id)})${disabled === true ? ' disabled' : ''}`];
    if (typeof content === 'string') return [JSON.stringify(content)];
    return Array.isArray(nested) ? labels(nested) : [];
  });
}
