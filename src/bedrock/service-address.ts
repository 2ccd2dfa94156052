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
