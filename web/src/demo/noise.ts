/** The same number, −1 to 1, for the same place and step, so that a story told twice is the same. */
export function noise(seed: string, step: number): number {
  let hash = 2166136261 ^ step;
  for (const letter of seed) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash >>> 0) % 2001) / 1000 - 1;
}
