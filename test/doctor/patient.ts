import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { runDoctor } from '../../src/run-doctor.ts';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import type { Finding } from '../../src/operations/finding.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedGuild } from '../simulators/discord.ts';

/** What the doctor looks at in the tests of a file. */
export interface Patient {
  readonly discord: DiscordSimulator;
  readonly bedrock: BedrockSimulator;
  readonly guild: SimulatedGuild;
  /** An address where nobody is any more. */
  readonly gone: string;
}

let patient: Patient;

/** @param use gets it before the first test */
export const usePatient = (use: (opened: Patient) => void): void => {
  beforeAll(async () => {
    const [discord, bedrock, other] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator(), startBedrockSimulator()]);
    await other.close();
    patient = { discord, bedrock, guild: discord.addGuild({ name: 'Well kept' }), gone: other.url };
    use(patient);
  });
  beforeEach(() => patient.bedrock.respond({ text: 'Hi.' }));
  afterEach(() => {
    patient.bedrock.reset();
    patient.bedrock.denyListings(false);
  });
  afterAll(() => Promise.all([patient.discord.close(), patient.bedrock.close()]));
};

export const folder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));

export const environmentWith = (changes: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const all: Record<string, string | undefined> = {
    DISCORD_TOKEN: patient.discord.token,
    AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
    DISCORD_API_URL: patient.discord.apiUrl,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: patient.bedrock.url,
    AWS_ENDPOINT_URL_BEDROCK: patient.bedrock.url,
    STORE_URL: 'memory://',
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
};

export const refuseSecrets = (output: string): void => {
  for (const secret of [TEST_KEY, patient.discord.token]) expect(output).not.toContain(secret);
  expect(output).not.toMatch(/ABSK[A-Za-z0-9+/=]{20}|bedrock-api-key-[A-Za-z0-9]{20}/u);
};

/** The doctor in this process, with what it wrote. */
export const consult = async (changes: Readonly<Record<string, string | undefined>>, ...flags: string[]): Promise<{ exitCode: number; output: string }> => {
  const written: string[] = [];
  const out = { write: (text: string) => written.push(text) > 0, isTTY: false };
  const process = { env: environmentWith(changes), argv: ['node', 'main.ts', 'doctor', ...flags], stdout: out, stderr: out };
  const exitCode = await runDoctor(process as never);
  const output = written.join('');
  refuseSecrets(output);
  return { exitCode, output };
};

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly curl: string | undefined;
}

/** What the doctor finds; of each thing that is bad it says what to do. */
export const examine = async (changes: Readonly<Record<string, string | undefined>> = {}) => {
  const { exitCode, output } = await consult(changes, '--json');
  const report = JSON.parse(output) as Report;
  expect(exitCode).toBe(report.findings.some(({ state }) => state === 'bad') ? 1 : 0);
  expect(report.ok).toBe(exitCode === 0);
  // Names of ours are no words for people.
  for (const { says, cure = '' } of report.findings) {
    expect(`${says} ${cure}`).not.toMatch(/\b(?:key-(?:refused|expired)|no-key|model-(?:access|unknown|retired|needs-profile|error|timed-out)|(?:request|settings)-refused|service-error|stream-broken|daily-quota|timed-out)\b/u);
    expect(says).not.toMatch(/Error:|undefined|\[object/u);
  }
  for (const { state, cure, check } of report.findings) if (state === 'bad' && check !== 'settings') expect(cure, check).toBeTruthy();
  const of = (check: string): Finding => {
    const first = report.findings.find((finding) => finding.check === check);
    if (first === undefined) throw new Error(`Nothing was found of ${check}: ${output}`);
    return first;
  };
  return { ...report, exitCode, of };
};
