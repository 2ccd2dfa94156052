/** What everything is called for which there is no room any more. */
export const OTHER = 'other';

/** So many models at most: each is a series of every figure that is told by model, and admins of any server can name one. */
const MOST_MODELS = 30;

/** An ARN names an account, and what an account has made has an id for a name: neither is for a label. */
const nameOf = (modelId: string): string => {
  if (!modelId.startsWith('arn:')) return modelId;
  const [kind = '', name] = modelId.split(':').slice(5).join(':').split('/');
  if (name !== undefined && (kind === 'foundation-model' || kind === 'inference-profile')) return name;
  return kind === '' ? OTHER : kind;
};

/** Models as labels: the first so many as they are called, all others together. */
export const createModelLabels = (most = MOST_MODELS): ((modelId: string) => string) => {
  const labels = new Map<string, string>();
  const names = new Set<string>();
  return (modelId) => {
    const known = labels.get(modelId);
    if (known !== undefined) return known;
    const name = nameOf(modelId);
    if (!names.has(name) && names.size >= most) return OTHER;
    names.add(name);
    // Two ids may share a name; more of them than there can be models are not kept.
    if (labels.size < most * 4) labels.set(modelId, name);
    return name;
  };
};
