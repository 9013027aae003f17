import type { Series } from "../api/client";
import * as format from "../format";
import { PERCENTILES } from "../model/percentiles";
import styles from "./chart.module.css";

/** The chart in numbers, newest first. */
export function ResponseTimeTable({ series, height }: { series: Series; height: number }) {
  const newestFirst = series.times.map((_, index) => series.times.length - 1 - index);
  return (
    <div className={styles.tableBox} style={{ height }} tabIndex={0} role="region"
         aria-label={`Response time of ${series.name}, as a table`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Requests</th>
            {PERCENTILES.map(({ key, label }) => <th key={key} scope="col">{label}</th>)}
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((index) => (
            <tr key={series.times[index]}>
              <th scope="row">{format.clock(series.times[index] ?? 0, true)}</th>
              <td>{format.count(series.request_count[index] ?? 0)}</td>
              {PERCENTILES.map(({ key, field }) => (
                <td key={key}>{format.duration(series[field][index] ?? null)}</td>
              ))}
              <td>{format.errorShare(series.error_ratio[index] ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
