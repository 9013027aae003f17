// Regressions behind the lines of a chart: a soft red ground from where each began.

import { createContext, useContext } from "react";
import type { FindingRow } from "../api/client";
import type { Chart } from "../model/chart";
import { regressionSpans } from "../model/findings";
import styles from "./chart.module.css";
import { type Frame, xOf } from "./frame";

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
