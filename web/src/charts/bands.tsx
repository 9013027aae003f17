// Regressions behind the lines of a chart: a soft red ground from where each began.

import { createContext, useContext } from "react";
import type { FindingRow } from "../api/client";
import type { Chart, TimeChart } from "../model/chart";
import { regressionSpans } from "../model/findings";
import type { Axis } from "./axis";
import styles from "./chart.module.css";
import { type Frame, xOf } from "./frame";

/** What is usual, hour by hour, as a grey ground; what lies above the chart is cut. */
export function UsualBand({ chart, axis, frame }: { chart: TimeChart; axis: Axis; frame: Frame }) {
  const y = (value: number) => frame.top + frame.plotHeight * (1 - Math.min(1, value / axis.top));
  return (chart.usual ?? []).map(({ start, end, low, high }) => {
    const [left, right] = [Math.max(start, chart.start), Math.min(end, chart.end)].map((at) => xOf(at, chart, frame)) as [number, number];
    if (right <= left || low >= axis.top) return null;
    return (
      <span key={start} data-usual className={styles.usual} aria-hidden
            style={{ left, width: right - left, top: y(high), height: Math.max(2, y(low) - y(high)) }} />
    );
  });
}

const FindingContext = createContext<readonly FindingRow[]>([]);

/** Gives all charts inside what to lay a ground under. */
export const Findings = FindingContext.Provider;

export function RegressionBands({ chart, frame }: { chart: Chart; frame: Frame }) {
  return regressionSpans(useContext(FindingContext), chart).map(({ start: from, end: to }) => {
    const [left, right] = [from, to].map((at) => xOf(at, chart, frame)) as [number, number];
    return (
      <span key={from} data-regression className={styles.regression} aria-hidden
            style={{ left, width: Math.max(1, right - left), top: frame.top, height: frame.plotHeight }} />
    );
  });
}
