/** Whether a region is one of AWS's commercial partition, whose domain is the same for all. */
export const isCommercial = (region: string): boolean => /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/u.test(region);

/**
 * Where a region's Bedrock answers, by the SDK's own rules: China, GovCloud, the European Sovereign Cloud and others have domains
 * of their own. The SDK's list is loaded for those alone; it would take 12 MB from every process.
 * @see https://docs.aws.amazon.com/general/latest/gr/bedrock.html
 */
export const serviceAddress = async (service: 'bedrock' | 'bedrock-runtime', region: string): Promise<string> => {
  const domain = isCommercial(region) ? 'amazonaws.com' : (await import('@aws-sdk/core/client')).partition(region).dnsSuffix;
  return `https://${service}.${region}.${domain}`;
};

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
