import * as format from "../format";
import { type Chart, requestWords, tooltipRows } from "../model/chart";
import { deploysOfStep, deployWords } from "../model/deploys";
import { heatRows } from "../model/heat";
import styles from "./chart.module.css";
import { useDeploys } from "./deploys";
import type { Frame } from "./frame";

const WIDTH = 240;
const DISTANCE = 16;

interface Props {
  chart: Chart;
  index: number;
  /** Where the crosshair stands, in px; the tooltip goes beside it. */
  x: number;
  /** How high in the plot the pointer is, 0 to 1; null where there is none. */
  pointedRatio: number | null;
  frame: Frame;
}

/** One step in full: time and requests first, then its lines, worst first. */
export function ChartTooltip({ chart, index, x, pointedRatio, frame: { width } }: Props) {
  const tooltipWidth = Math.max(180, Math.min(WIDTH, width / 2 - DISTANCE));
  const right = x + DISTANCE;
  const left = right + tooltipWidth < width ? right : Math.max(0, x - DISTANCE - tooltipWidth);
  const requests = chart.requestCounts[index] ?? 0;
  return (
    <div className={styles.tooltip} style={{ left, width: tooltipWidth }} role="status">
      <div className={styles.tooltipHead}>
        <strong>{format.clock(chart.times[index] ?? 0, true)}</strong>
        <span>{requestWords(chart, index)} {requests === 1 ? "request" : "requests"}</span>
      </div>
      {chart.kind === "heatmap"
        ? <HeatBody chart={chart} index={index} pointedRatio={pointedRatio} />
        : <LineBody chart={chart} index={index} />}
      {deploysOfStep(useDeploys(), chart.times[index] ?? 0, chart.stepSeconds).map((deploy) => (
        <div key={deploy.at} className={styles.tooltipDeploy}>▲ {deployWords(deploy, chart.asOf)}</div>
      ))}
    </div>
  );
}

function LineBody({ chart, index }: { chart: Exclude<Chart, { kind: "heatmap" }>; index: number }) {
  return (
    <>
      {tooltipRows(chart, index).map(({ key, label, text, previous, colour, isDashed }) => (
        <div key={key} className={styles.tooltipRow}>
          <span className={styles.swatch} data-kind={chart.kind} data-dashed={isDashed || undefined}
                style={{ color: `var(--${colour})` }} />
          <span>{label}</span>
          <strong>{text}</strong>
          {previous !== null && <small>was {previous}</small>}
        </div>
      ))}
      {chart.remarks.length > 0 && (
        <div className={styles.tooltipFoot}>
          {chart.remarks.map(({ label, text }) => <span key={label}>{label} {text(index)}</span>)}
        </div>
      )}
    </>
  );
}

interface HeatBodyProps {
  chart: Extract<Chart, { kind: "heatmap" }>;
  index: number;
  pointedRatio: number | null;
}

function HeatBody({ chart, index, pointedRatio }: HeatBodyProps) {
  const rowCount = chart.bounds.length - 1;
  const pointed = pointedRatio === null || pointedRatio < 0 || pointedRatio >= 1
    ? null
    : Math.floor(pointedRatio * rowCount);
  return heatRows(chart, index, pointed).map(({ label, count }) => (
    <div key={label} className={styles.tooltipRow}>
      <span>{label}</span>
      <strong>{format.count(count)}</strong>
    </div>
  ));
}
