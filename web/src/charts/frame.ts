// Where a chart's plot lies, and which instant is at which pixel.

export interface Frame {
  width: number;
  left: number;
  right: number;
  top: number;
  plotHeight: number;
}

export const AXIS_SPACE = 28; // px under the plot, for the times
const SMALL = 480; // px of width under which margins shrink and labels are short names

export function isSmall({ width }: Frame): boolean {
  return width < SMALL;
}

/** Charts above each other share left and right margins, so that a moment is one vertical. */
export function frameFor(width: number, plotHeight: number): Frame {
  const margins = width < SMALL ? { left: 52, right: 48 } : { left: 56, right: 120 };
  return { width, ...margins, top: 10, plotHeight };
}

export function heightOf({ top, plotHeight }: Frame): number {
  return top + plotHeight + AXIS_SPACE;
}

export function plotWidth({ width, left, right }: Frame): number {
  return Math.max(1, width - left - right);
}

interface Span {
  start: number;
  end: number;
}

export function xOf(instant: number, { start, end }: Span, frame: Frame): number {
  return frame.left + ((instant - start) / (end - start)) * plotWidth(frame);
}

export function instantAt(x: number, { start, end }: Span, frame: Frame): number {
  return start + ((x - frame.left) / plotWidth(frame)) * (end - start);
}

/** 0 at the bottom of the plot, 1 at its top. */
export function heightRatioAt(y: number, { top, plotHeight }: Frame): number {
  return 1 - (y - top) / plotHeight;
}
