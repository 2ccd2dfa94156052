import { serviceAddress } from './service-address.ts';

export interface CurlOptions {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly modelId: string;
}

/** For a shell: nothing in it is expanded. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request by hand. The key stays where it is: the shell puts it in. */
export const curlFor = async ({ region, endpoint, modelId }: CurlOptions): Promise<string> =>
  [
    `curl -X POST ${quoted(`${endpoint ?? (await serviceAddress('bedrock-runtime', region))}/model/${encodeURIComponent(modelId)}/converse`)}`,
    `-H 'Content-Type: application/json'`,
    `-H "Authorization: Bearer $AWS_BEARER_TOKEN_BEDROCK"`,
    `-d '{"messages":[{"role":"user","content":[{"text":"Hello"}]}],"inferenceConfig":{"maxTokens":1}}'`,
  ].join(' \\\n  ');
