/** Claude before 3.7, as model ids, inference profiles and ARNs name it. */
const OLDER_CLAUDE = /claude-(?:v\d|instant|2(?![\d-])|3-(?![7-9]))/u;

/** How many tokens of the quota one output token takes. */
export type OutputBurndown = 1 | 5;

/**
 * The burndown of a model, by its id, the id of its inference profile, or an ARN that names it. An application inference
 * profile does not say which model it stands for; it counts as one of the others.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
 */
export const outputBurndown = (modelId: string): OutputBurndown =>
  /anthropic\.claude/u.test(modelId) && !OLDER_CLAUDE.test(modelId) ? 5 : 1;
