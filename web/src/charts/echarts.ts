// The parts of ECharts that we use, and no others: they are most of the page's size.

import { BarChart, CustomChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type RefObject, useEffect, useRef } from "react";
import type {
  BarSeriesOption, CustomSeriesOption, LineSeriesOption, PieSeriesOption,
} from "echarts/charts";
import type { GridComponentOption } from "echarts/components";
import type { ComposeOption } from "echarts/core";

use([BarChart, CustomChart, LineChart, PieChart, GridComponent, CanvasRenderer]);

export type SeriesOption = BarSeriesOption | CustomSeriesOption | LineSeriesOption | PieSeriesOption;
export type ChartOption = ComposeOption<SeriesOption | GridComponentOption>;

/** Draws `option` into the element, anew at each change and never animated. */
export function useChart(option: ChartOption, width: number): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);

  useEffect(() => {
    if (!element.current) return;
    chart.current = init(element.current);
    return () => {
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.resize();
    chart.current?.setOption(option, { notMerge: true });
  }, [option, width]);

  return element;
}

/** Paints `option` once on a canvas of `width` by `height` px, twice as fine. */
export function paint(option: ChartOption, width: number, height: number): HTMLCanvasElement {
  const chart = init(document.createElement("div"), null, { width, height });
  try {
    chart.setOption(option);
    return chart.renderToCanvas({ pixelRatio: 2 });
  } finally {
    chart.dispose();
  }
}
