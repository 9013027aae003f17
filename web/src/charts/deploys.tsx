// Deploys over all charts of a page: a line at their instant, and the version above.

import { createContext, useContext } from "react";
import type { DeployRow } from "../api/client";
import type { Chart } from "../model/chart";
import { marksOf } from "../model/deploys";
import styles from "./chart.module.css";
import { type Frame, xOf } from "./frame";

const DeployContext = createContext<readonly DeployRow[]>([]);

/** Gives all charts inside the deploys to mark. */
export const Deploys = DeployContext.Provider;

export function useDeploys(): readonly DeployRow[] {
  return useContext(DeployContext);
}

const WORD_SPACE = 72; // px that a version takes

/** Whether the words of a mark stand to its left: at the right end they would cover line labels. */
export function isTurned(x: number, { width, right }: Frame): boolean {
  return x > width - right - WORD_SPACE;
}

export function DeployMarks({ chart, frame }: { chart: Chart; frame: Frame }) {
  const marks = marksOf(useDeploys(), chart, (instant) => xOf(instant, chart, frame));
  return marks.map(({ lines, x, text }) => (
    <span key={lines.join()} data-deploy={text} aria-hidden>
      {lines.map((left) => (
        <span key={left} className={styles.deploy} data-kind={chart.kind}
              style={{ left, top: frame.top, height: frame.plotHeight }} />
      ))}
      <span className={styles.deployName} data-turned={isTurned(x, frame) || undefined} style={{ left: x }}>{text}</span>
    </span>
  ));
}
