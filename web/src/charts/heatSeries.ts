// The cells of a heatmap: no gaps, and what is empty has the card's colour. They are painted as one
// picture, for thousands of shapes took ECharts half a second at each answer.

import type { HeatChart } from "../model/chart";
import { fullest, mixed, shadeOf } from "../model/heat";
import type { SeriesOption } from "./echarts";
import { type Frame, plotWidth } from "./frame";
import type { Palette } from "./palette";

const FINENESS = 2; // pixels of the picture per px

export function heatSeries(chart: HeatChart, frame: Frame, palette: Palette): SeriesOption {
  const [width, height] = [plotWidth(frame), frame.plotHeight];
  const image = cellsOf(chart, width * FINENESS, height * FINENESS, palette);
  return {
    type: "custom",
    silent: true,
    data: [0],
    renderItem: () => ({ type: "image", style: { image, x: frame.left, y: frame.top, width, height } }),
  };
}

/** The picture of all cells; whole pixels, so that neighbours meet without a seam. */
function cellsOf(chart: HeatChart, width: number, height: number, palette: Palette): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  const rowCount = chart.bounds.length - 1;
  const most = fullest(chart);
  const x = (instant: number) => Math.round(((instant - chart.start) / (chart.end - chart.start)) * width);
  const y = (row: number) => Math.round(height * (1 - row / rowCount));
  chart.times.forEach((time, step) => {
    const [left, right] = [x(time), x(time + chart.stepSeconds)];
    chart.counts[step]!.forEach((count, row) => {
      if (count === 0) return;
      context.fillStyle = mixed(palette.heat, shadeOf(count, most));
      context.fillRect(left, y(row + 1), right - left, y(row) - y(row + 1));
    });
  });
  return canvas;
}
