// Axes that do not jump: round steps upward at once, downward only when it has been quiet.

export interface Scale {
  top: number;
  step: number;
  /** Since when the data would fit half of it, in seconds; null while it needs more. */
  roomySince: number | null;
}

const SHRINK_AFTER_SECONDS = 60;
const ROUND = [1, 2, 2.5, 5, 10];

/** The scale from 0 for values up to `peak`, with about `lines` grid lines. */
export function roundScale(peak: number, lines: number): Scale {
  if (!(peak > 0)) return { top: 1, step: 0.5, roomySince: null };
  const rough = peak / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = ROUND.find((round) => round * power >= rough * 0.9999) ?? 10;
  const step = Number((factor * power).toPrecision(3));
  const steps = Math.ceil(Number((peak / step).toPrecision(12)));
  return { top: Number((steps * step).toPrecision(12)), step, roomySince: null };
}

export interface ScaleDemand {
  peak: number;
  lines: number;
  now: number;
  isPointerInside: boolean;
}

export function nextScale(previous: Scale | null, demand: ScaleDemand): Scale {
  const fresh = roundScale(demand.peak, demand.lines);
  if (previous === null || demand.peak > previous.top) return fresh;
  if (demand.peak >= previous.top / 2) return { ...previous, roomySince: null };
  const roomySince = previous.roomySince ?? demand.now;
  const mayShrink = !demand.isPointerInside && demand.now - roomySince >= SHRINK_AFTER_SECONDS;
  return mayShrink ? fresh : { ...previous, roomySince };
}

export function gridValues({ top, step }: Scale): number[] {
  const lines = Math.round(top / step);
  return Array.from({ length: lines + 1 }, (_, line) => Number((line * step).toPrecision(12)));
}

const TICK_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Instants on round clock times of the reader, at most `most` of them. */
export function timeTicks(start: number, end: number, most: number): number[] {
  const step = TICK_SECONDS.find((seconds) => (end - start) / seconds <= most) ?? 86_400;
  const offset = new Date(start * 1000).getTimezoneOffset() * 60;
  const ticks: number[] = [];
  for (let tick = Math.ceil((start - offset) / step) * step + offset; tick <= end; tick += step) {
    ticks.push(tick);
  }
  return ticks;
}
