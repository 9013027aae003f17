// Labels at the ends of lines, pushed apart until each can be read.

/** Nearest places to `wanted` that are `gap` apart, inside `least` to `most`, in the same order. */
export function spread(wanted: readonly number[], gap: number, least: number, most: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = order.map((index) => wanted[index]!);
  for (let round = 0; round < places.length * 4; round += 1) relax(places, gap, least, most);
  settle(places, gap, least, most);
  const result = new Array<number>(wanted.length);
  order.forEach((index, rank) => (result[index] = places[rank]!));
  return result;
}

/** Neighbours that are too close give way by half each, so a cluster keeps its middle. */
function relax(places: number[], gap: number, least: number, most: number): void {
  for (let i = 1; i < places.length; i += 1) {
    const missing = gap - (places[i]! - places[i - 1]!);
    if (missing <= 0) continue;
    places[i - 1] = Math.max(least, places[i - 1]! - missing / 2);
    places[i] = Math.min(most, places[i]! + missing / 2);
  }
}

function settle(places: number[], gap: number, least: number, most: number): void {
  places.forEach((place, i) => {
    places[i] = Math.max(place, i === 0 ? least : places[i - 1]! + gap);
  });
  for (let i = places.length - 1; i >= 0; i -= 1) {
    places[i] = Math.min(places[i]!, i === places.length - 1 ? most : places[i + 1]! - gap);
  }
}
