import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import { compound, docx, plain, xlsx, zip } from './files/samples.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'I see.' });
});
afterEach(() => world.close());

const send = async (text: string, name: string, bytes: Uint8Array): Promise<{ readonly content: string; readonly line: Record<string, unknown> }> => {
  const question = world.ana.say(world.channel, `${world.discord.botUser.mention} ${text}`, { attachments: [{ name, bytes }] });
  const line = await world.outcome(question.id);
  return { content: world.channel.fromBot.findLast(({ referenceId }) => referenceId === question.id)!.content, line: line as Record<string, unknown> };
};

const locked = plain(Buffer.concat([compound(), Buffer.from('EncryptedPackage', 'utf16le'), Buffer.alloc(64)]));

describe('a file that cannot be read', () => {
  it.each([
    ['report.docx', docx().subarray(0, 80), 'it is damaged, or no document of that kind'],
    ['budget.xlsx', xlsx().subarray(0, 120), 'it is damaged, or no document of that kind'],
    ['slides.pptx', zip(['ppt/presentation.xml']).subarray(0, 50), 'presentations cannot be read, but they can be saved as PDF'],
    ['secret.docx', locked, 'it is protected by a password'],
    ['notes.pages', zip(['Index/Document.iwa']), 'documents of Pages, Numbers and Keynote cannot be read, but they can be exported as PDF'],
    ['all.zip', zip(['report.docx']), 'archives cannot be read'],
    ['nothing.pdf', new Uint8Array(), 'it is empty'],
    ['photo.jpg', plain(new Uint8Array(200)), 'its image data is damaged'],
  ])('is named with its reason, and is no fault of the admin: %s', async (name, bytes, reason) => {
    const alone = await send('', name, bytes);
    expect(alone.content).toBe(
      `I could not read what was attached, and there was no text beside it. I read images, PDF, Word, Excel and text files.\n-# \`${name}\`: ${reason}.`,
    );
    expect(alone.line).toMatchObject({ level: 'warn', kind: 'files-unreadable' });
    const beside = await send('what is it?', name, bytes);
    expect(beside.content).toBe(`I see.\n-# Without \`${name}\`: ${reason}.`);
    expect(beside.line).toMatchObject({ level: 'info', outcome: 'delivered' });
    // Or else it would say that nothing was attached.
    const [header] = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
    expect(JSON.parse(header?.text ?? '')).toMatchObject({ left_out: [`${name}: ${reason}`] });
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body?.['system'])).toContain('left_out');
  });
});
