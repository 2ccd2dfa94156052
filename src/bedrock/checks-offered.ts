/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-guardrail-checks.html */
const REGIONS = new Set(['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-2', 'eu-north-1', 'ap-northeast-1', 'ap-southeast-2']);

/** Whether a region has checks of content without a guardrail, as AWS said in November 2026. */
export const areChecksOffered = (region: string): boolean => REGIONS.has(region);

/** For a key that may not make them. */
export const CHECKS_CURE = "Give the key's policy bedrock:InvokeGuardrailChecks, or switch the checks off.";
/** For all else that Bedrock has against them. */
export const NO_CHECKS_CURE = `Switch the checks off, or set AWS_REGION to a region that has them: ${[...REGIONS].join(', ')}.`;
