// Colours of a heatmap's cells, by the logarithm of how many requests they hold.

import * as format from "../format";
import type { HeatChart } from "./chart";

export const SHADES = 5;

/** The most requests in one cell; 0 without any. */
export function fullest({ counts }: HeatChart): number {
  return counts.reduce((most, column) => Math.max(most, ...column), 0);
}

const LEAST_SPAN = 32; // the strongest shade is for a cell of at least so many: few requests look faint
const FAINTEST = 2; // the shade of single requests, where there is nothing but those

/** A place among the shades, SHADES - 1 for the fullest of the well filled; one request stands back behind many. */
export function shadeOf(count: number, most: number): number {
  const filled = Math.log(Math.max(most, LEAST_SPAN));
  const first = Math.max(0, FAINTEST * (1 - Math.log(most) / filled));
  return first + (Math.log(count) / filled) * (SHADES - 1 - first);
}

type Rgb = readonly [number, number, number];

/** A colour between the shades, for a position of `shadeOf`. */
export function mixed(shades: readonly Rgb[], position: number): string {
  const lower = Math.min(shades.length - 2, Math.floor(position));
  const part = position - lower;
  const [from, to] = [shades[lower]!, shades[lower + 1]!];
  const channels = from.map((value, index) => Math.round(value + (to[index]! - value) * part));
  return `rgb(${channels.join(", ")})`;
}

export function rgbOf(colour: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

/** Where a duration in seconds lies among the rows; null where it is outside of them. */
export function rowAt({ bounds, rowsPerDoubling }: HeatChart, seconds: number): number | null {
  const row = Math.log2(seconds / (bounds[0] ?? seconds)) * rowsPerDoubling;
  return row > 0 && row < bounds.length - 1 ? row : null;
}

export interface RowTick {
  row: number;
  text: string;
}

/** Round labels, at most `most`: each is some doublings from the next. */
export function rowTicks({ bounds }: HeatChart, most: number): RowTick[] {
  const powers = bounds.flatMap((bound, row) => {
    const power = Number(Math.log2(bound).toFixed(6));
    return Number.isInteger(power) ? [{ row, power }] : [];
  });
  const every = Math.max(1, Math.ceil(powers.length / Math.max(most, 1)));
  return powers
    .filter(({ power }) => ((power % every) + every) % every === 0)
    .map(({ row, power }) => ({ row, text: format.axisDuration(2 ** power) }));
}

/** “250 ms to 297 ms”. */
export function bandWords({ bounds }: HeatChart, row: number): string {
  return `${format.duration(bounds[row] ?? null)} to ${format.duration(bounds[row + 1] ?? null)}`;
}

export interface HeatRow {
  label: string;
  count: number;
}

/** What a step says: the band under the pointer, the fullest band and the slowest one. */
export function heatRows(chart: HeatChart, index: number, pointed: number | null): HeatRow[] {
  const column = chart.counts[index] ?? [];
  const called = column.flatMap((count, row) => (count > 0 ? [row] : []));
  const [most, slowest] = [Math.max(0, ...column), called.at(-1)];
  const told = (name: string, row: number): HeatRow => ({
    label: `${name}, ${bandWords(chart, row)}`, count: column[row] ?? 0,
  });
  return [
    ...(pointed !== null && chart.bounds[pointed + 1] ? [told("here", pointed)] : []),
    ...(slowest === undefined ? [] : [told("slowest", slowest), told("most", column.indexOf(most))]),
  ];
}
