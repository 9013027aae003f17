// The coming hours of an endpoint's response time, as a chart and in sentences.

import type { PredictedMetric, PredictionPage } from "../api/client";
import { type Line, type TimeChart, valueText } from "./chart";
import { visible } from "./template";

export const HOUR = 3600;

function metricOf({ metrics }: PredictionPage, name: string): PredictedMetric | null {
  const found = metrics.find((each) => each.name === name);
  return found && found.predicted.length > 0 ? found : null;
}

/** Null where no response time can be foretold. `target`: in seconds. */
export function forecastChart(page: PredictionPage, target: number | null): TimeChart | null {
  const [p95, p50] = [metricOf(page, "response_time"), metricOf(page, "response_time_p50")];
  if (p95 === null) return null;
  const { times } = page;
  const lines: Line[] = [
    ...(p50 ? [{ key: "p50", label: "p50", values: p50.predicted, colour: "p50", wordColour: "p95", width: 1.8 }] : []),
    { key: "p95", label: "p95", values: p95.predicted, colour: "p95", width: 1.8, band: { lower: p95.lower, upper: p95.upper } },
  ];
  return {
    name: "Response time", kind: "lines", unit: "seconds", of: visible(page.name),
    start: times[0]!, end: times.at(-1)! + HOUR, asOf: page.as_of, times, stepSeconds: HOUR,
    requestCounts: times.map(() => 1), // each hour has a value, called or not
    finishedCount: times.length, target, lines,
    remarks: [{
      label: "95 %",
      text: (index) => `${valueText(p95.lower[index], "seconds")} to ${valueText(p95.upper[index], "seconds")}`,
    }],
  };
}

/** What is to be said under it: what it is worth, when the bound is reached, what more load would do. */
export function forecastWords(page: PredictionPage): string[] {
  const p95 = metricOf(page, "response_time");
  const doubt = p95 && !p95.is_reliable ? `Not to be relied on: ${p95.reason}.` : null;
  const { bound, capacity } = page;
  const more = capacity && `${capacity.text}.${capacity.is_reliable ? "" : ` A guess: ${capacity.reason}.`}`;
  return [doubt, p95?.is_reliable && bound ? `${bound.text}.` : null, more].filter((words) => !!words) as string[];
}
