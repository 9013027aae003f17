import type { Series } from "../api/client";
import * as format from "../format";
import { WORST_FIRST } from "../model/percentiles";
import styles from "./chart.module.css";

const WIDTH = 240;
const DISTANCE = 16;

interface Props {
  series: Series;
  index: number;
  /** Where the crosshair stands, in px; the tooltip goes beside it. */
  x: number;
  width: number;
}

/** One step in full: time and requests first, then the worst percentile to the best. */
export function ChartTooltip({ series, index, x, width }: Props) {
  const tooltipWidth = Math.min(WIDTH, width / 2 - DISTANCE);
  const left = x + DISTANCE + tooltipWidth < width ? x + DISTANCE : x - DISTANCE - tooltipWidth;
  const requests = series.request_count[index] ?? 0;
  return (
    <div className={styles.tooltip} style={{ left, width: tooltipWidth }} role="status">
      <div className={styles.tooltipHead}>
        <strong>{format.clock(series.times[index] ?? 0, true)}</strong>
        <span>{format.count(requests)} {requests === 1 ? "request" : "requests"}</span>
      </div>
      {WORST_FIRST.map(({ key, label, field }) => (
        <div key={key} className={styles.tooltipRow}>
          <span className={styles.swatch} data-line={key} />
          <span>{label}</span>
          <strong>{format.duration(series[field][index] ?? null)}</strong>
        </div>
      ))}
      <div className={styles.tooltipFoot}>
        <span>{format.rate(series.rate_per_second[index] ?? 0)}</span>
        <span>{format.errorShare(series.error_ratio[index] ?? null)} errors</span>
      </div>
    </div>
  );
}
