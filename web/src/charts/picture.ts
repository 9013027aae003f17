// A chart as a PNG of its own: title, plot and labels, whatever the window's size.

import type { DeployRow } from "../api/client";
import * as format from "../format";
import type { Chart } from "../model/chart";
import { type Mark, marksOf } from "../model/deploys";
import { fullest } from "../model/heat";
import { TIME_TYPE_TOKENS, TIME_TYPE_WORDS, TIME_TYPES, type Wait } from "../model/overview";
import type { Span } from "../model/ranges";
import { nameOf } from "../model/rows";
import type { Split } from "../model/split";
import { axisFor } from "./axis";
import { chartOption } from "./chartOption";
import { donutOption } from "./Donut";
import { isTurned } from "./deploys";
import { paint } from "./echarts";
import { placedLabels } from "./EndLabels";
import { type Frame, frameFor, heightOf, xOf } from "./frame";
import { paletteFor, token } from "./palette";

const WIDTH = 1200;
const PLOT_HEIGHT = 360;
const HEAD = 64;
const MARGIN = 20;
const FONT = "Inter Variable, system-ui, sans-serif";
const FINENESS = 2; // canvas pixels per px

interface Words {
  text: string;
  x: number;
  y: number;
  colour: string;
  font?: string;
  align?: CanvasTextAlign;
}

export function chartPicture(chart: Chart, deploys: readonly DeployRow[]): Promise<Blob> {
  const palette = paletteFor(chart, false);
  const frame = frameFor(WIDTH, PLOT_HEIGHT);
  const axis = axisFor(chart, PLOT_HEIGHT);
  const plot = paint(chartOption({ chart, axis, frame, palette }), WIDTH, heightOf(frame));
  const marks = marksOf(deploys, chart, (instant) => xOf(instant, chart, frame));
  paintLines(plot, marks.flatMap(({ lines }) => lines), frame);
  const labels = placedLabels(chart, axis, frame).map(({ name, text, colour, y }) => ({
    text: `${name}  ${text}`, x: WIDTH - frame.right + 8, y: HEAD + y + 4, colour: token(colour),
    font: `600 11px ${FONT}`,
  }));
  const scale = chart.kind === "heatmap"
    ? [{ text: `1 to ${format.count(fullest(chart))} requests a cell, stronger is more`, x: WIDTH - MARGIN,
         y: 28, colour: palette.text, align: "right" as const }]
    : [];
  return composed(plot, { width: WIDTH, height: heightOf(frame), left: 0 }, [...headWords(chart.name, chart), ...labels, ...scale, ...marks.map((mark) => markWords(mark, frame))]);
}

export function splitPicture(split: Split): Promise<Blob> {
  const side = 260;
  const plot = paint(donutOption(split, token), side, side);
  const rows = split.parts.flatMap(({ label, text, share, colour }, index) => {
    const y = HEAD + 80 + index * 28;
    return [
      { text: "■", x: 320, y, colour: token(colour) },
      { text: label, x: 340, y, colour: token("text-1") },
      { text, x: 560, y, colour: token("text-1"), align: "right" as const },
      { text: share, x: 640, y, colour: token("text-2"), align: "right" as const },
    ];
  });
  const centre = {
    text: split.total, x: MARGIN + side / 2, y: HEAD + side / 2 + 6, colour: token("text-1"),
    font: `600 20px ${FONT}`, align: "center" as const,
  };
  const size = { width: 680, height: side, left: MARGIN };
  return composed(plot, size, [...headWords("Where the time goes", split), ...rows, centre]);
}

function paintLines(plot: HTMLCanvasElement, lines: readonly number[], { top, plotHeight }: Frame): void {
  const context = plot.getContext("2d")!;
  context.fillStyle = token("text-2");
  for (const x of lines) context.fillRect(x * FINENESS, top * FINENESS, FINENESS, plotHeight * FINENESS);
}

function markWords({ x, text }: Mark, frame: Frame): Words {
  const align = isTurned(x, frame) ? ("right" as const) : ("left" as const);
  return { text, x: align === "left" ? x - 4 : x + 4, y: HEAD + 6, colour: token("text-2"), font: `11px ${FONT}`, align };
}

const BAR = { left: 340, width: 740, height: 14, gap: 32 };

/** Where users wait: a bar for each, and under them what its colours mean. */
export function waitsPicture(waits: readonly Wait[], span: Span): Promise<Blob> {
  const height = (waits.length + 1) * BAR.gap;
  const plot = document.createElement("canvas");
  Object.assign(plot, { width: WIDTH * FINENESS, height: height * FINENESS });
  const context = plot.getContext("2d")!;
  context.scale(FINENESS, FINENESS);
  waits.forEach((wait, index) => paintWait(context, wait, index * BAR.gap, waits[0]!.shareOfTime));
  const rows = waits.flatMap(({ row, shareOfTime }, index) => {
    const y = HEAD + index * BAR.gap + BAR.height - 2;
    return [
      { text: nameOf(row), x: MARGIN, y, colour: token("text-1") },
      { text: format.share(shareOfTime), x: WIDTH - MARGIN, y, colour: token("text-1"), align: "right" as const },
    ];
  });
  const legend = TIME_TYPES.flatMap((type, index) => {
    const [x, y] = [BAR.left + index * 120, HEAD + height - 8];
    return [
      { text: "■", x, y, colour: token(TIME_TYPE_TOKENS[type]) },
      { text: TIME_TYPE_WORDS[type], x: x + 16, y, colour: token("text-2") },
    ];
  });
  const head = headWords("Where users wait", { of: "share of all response time", ...span });
  return composed(plot, { width: WIDTH, height, left: 0 }, [...head, ...rows, ...legend]);
}

function paintWait(context: CanvasRenderingContext2D, { parts }: Wait, top: number, longest: number): void {
  let left = BAR.left;
  for (const { type, shareOfTime } of parts) {
    const width = (shareOfTime / longest) * BAR.width;
    context.fillStyle = token(TIME_TYPE_TOKENS[type]);
    context.fillRect(left, top, Math.max(0, width - 1), BAR.height); // a seam of the card's colour
    left += width;
  }
}

interface Headed {
  of: string;
  start: number;
  end: number;
}

function headWords(title: string, { of, start, end }: Headed): Words[] {
  const span = `${format.day(start)} ${format.clock(start)} – ${format.clock(end)}`;
  return [
    { text: title, x: MARGIN, y: 28, colour: token("text-1"), font: `600 16px ${FONT}` },
    { text: `${of}, ${span}`, x: MARGIN, y: 48, colour: token("text-2") },
  ];
}

interface Size {
  width: number;
  height: number;
  left: number;
}

/** Puts the head above the plot, and words where they belong; all in px of the picture. */
function composed(plot: HTMLCanvasElement, size: Size, words: readonly Words[]): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = size.width * FINENESS;
  canvas.height = (HEAD + size.height + MARGIN) * FINENESS;
  const context = canvas.getContext("2d")!;
  context.fillStyle = token("card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(plot, size.left * FINENESS, HEAD * FINENESS);
  context.scale(FINENESS, FINENESS);
  for (const { text, x, y, colour, font = `12px ${FONT}`, align = "left" } of words) {
    Object.assign(context, { fillStyle: colour, font, textAlign: align });
    context.fillText(text, x, y);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made"))), "image/png"));
}

/** Hands a picture to the browser as a file. */
export function save(picture: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the download has begun by then
}
