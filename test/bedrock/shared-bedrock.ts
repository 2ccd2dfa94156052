import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

/** One Bedrock for all tests of a file, which each of them finds well. @param use gets it before the first test */
export const shareBedrock = (use: (bedrock: BedrockSimulator) => void): void => {
  let bedrock: BedrockSimulator;
  beforeAll(async () => {
    bedrock = await startBedrockSimulator();
    use(bedrock);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    bedrock.reset();
    bedrock.respond({ text: 'Hi there.' });
    bedrock.setRetirement(true);
  });
  afterAll(() => bedrock.close());
};
