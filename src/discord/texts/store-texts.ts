/** What an owner reads when the store takes nothing any more. */
export const storeFullText = (says: string, cure: string): string => `${says} ${cure} Until then I answer what I can, and remember nothing new.`;
