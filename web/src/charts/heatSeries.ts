// The cells of a heatmap: no gaps, and what is empty has the card's colour.

import type { HeatChart } from "../model/chart";
import { fullest, mixed, shadeOf } from "../model/heat";
import type { SeriesOption } from "./echarts";
import type { Palette } from "./palette";

const OVERLAP = 0.5; // px, for no hairline of the card to show between cells

export function heatSeries(chart: HeatChart, palette: Palette): SeriesOption {
  const most = fullest(chart);
  return {
    type: "custom",
    silent: true,
    clip: true,
    progressive: 0, // in one go, else every answer would be seen coming from left to right
    encode: { x: 0, y: 1 },
    data: cellsOf(chart).map(([time, row, count]) => [time, row, shadeOf(count, most)]),
    renderItem: (_, api) => {
      const [time, row] = [Number(api.value(0)), Number(api.value(1))];
      const [left, bottom] = api.coord([time, row]) as [number, number];
      const [right, top] = api.coord([time + chart.stepSeconds, row + 1]) as [number, number];
      const shape = { x: left, y: top, width: right - left + OVERLAP, height: bottom - top + OVERLAP };
      return { type: "rect", shape, style: { fill: mixed(palette.heat, Number(api.value(2))) } };
    },
  };
}

/** Time, row and count of each cell that holds a request and can be seen. */
function cellsOf({ times, counts, start, end, stepSeconds }: HeatChart): [number, number, number][] {
  return times.flatMap((time, step) =>
    time + stepSeconds <= start || time >= end
      ? []
      : counts[step]!.flatMap((count, row): [number, number, number][] =>
          count > 0 ? [[time, row, count]] : []),
  );
}
