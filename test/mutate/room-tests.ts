/** What is asked first whether it notices a change in a room, and what is asked where that does not. */
export interface RoomTests {
  readonly folder: string;
  readonly near: readonly string[];
  readonly far: readonly string[];
}

const wire = (...names: readonly string[]): readonly string[] => names.map((name) => `test/discord/${name}.test.ts`);
const ASKING = wire('answers', 'doors', 'calls', 'claims', 'reset', 'regenerate', 'refusals', 'waiting-in-line', 'remembered-files', 'cached-prompts', 'continue');
const SHOWING = wire('answers', 'delivery', 'ends', 'long-answers', 'stop-button', 'outages', 'odd-limits', 'passing-refusals', 'unknown-refusals', 'private-answers', 'safe-answers');

/** The rooms in which a small change can do harm that nobody sees at once. */
export const ROOM_TESTS: readonly RoomTests[] = [
  { folder: 'src/conversation', near: ['test/conversation'], far: [...ASKING, 'test/store', 'test/bedrock'] },
  { folder: 'src/queue', near: ['test/queue'], far: [...ASKING, ...wire('floods', 'daily-quota', 'clock-steps')] },
  { folder: 'src/markdown', near: ['test/markdown'], far: wire('answers', 'long-answers', 'safe-answers') },
  { folder: 'src/discord/reply', near: ['test/discord/reply'], far: [...SHOWING, 'test/discord/resume'] },
  { folder: 'src/store', near: ['test/store'], far: [...ASKING, 'test/backup.test.ts', ...wire('two-processes', 'full-disk', 'gaps', 'late-commands')] },
  { folder: 'src/bedrock', near: ['test/bedrock'], far: [...ASKING, 'test/doctor', 'test/key-life.test.ts', 'test/upkeep'] },
];
