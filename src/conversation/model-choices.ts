/** A model that admins can choose, with what they should know of it. */
export interface DescribedModel {
  readonly id: string;
  readonly name: string;
  /** Price and context, as far as they are known; a short phrase. */
  readonly detail: string;
}

export interface ModelChoices {
  suggest(typed: string, limit: number): Promise<readonly DescribedModel[]>;
  /** Why a model cannot be chosen, as the end of a sentence; undefined where it can. */
  problemWith(modelId: string): Promise<string | undefined>;
}
