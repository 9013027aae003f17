// The range of a sparkline, wide enough that noise stays flat.

const POINTS = 40; // as many as a table's row has; more are a blot at two pixels a point

/** Every so many of the values, counted from the newest. */
export function sampled<Value>(values: readonly Value[]): Value[] {
  const every = Math.ceil(values.length / POINTS);
  return values.filter((_, index) => (values.length - 1 - index) % every === 0);
}

/** At least from half the median to 40 % above it; null where there is nothing to draw. */
export function sparklineScale(
  values: readonly (number | null)[],
): { low: number; high: number } | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = known[Math.floor(known.length / 2)];
  if (middle === undefined) return null;
  const low = Math.min(known[0]!, middle * 0.5);
  const high = Math.max(known.at(-1)!, middle * 1.4);
  return high > low ? { low, high } : { low: low - 1, high: high + 1 };
}
