import * as format from "../format";
import { type Chart, columnsOf } from "../model/chart";
import styles from "./chart.module.css";

/** The chart in numbers, newest first. */
export function ChartTable({ chart, height }: { chart: Chart; height: number }) {
  const columns = columnsOf(chart);
  const newestFirst = chart.times.map((_, index) => chart.times.length - 1 - index);
  return (
    <div className={styles.tableBox} style={{ height }} tabIndex={0} role="region"
         aria-label={`${chart.name} of ${chart.of}, as a table`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {columns.map(({ label }) => <th key={label} scope="col">{label}</th>)}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((index) => (
            <tr key={chart.times[index]}>
              <th scope="row">{format.clock(chart.times[index] ?? 0, true)}</th>
              {columns.map(({ label, text }) => <Cell key={label} text={text(index)} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Nothing stands back, so that something is found. */
function Cell({ text }: { text: string }) {
  return <td data-nothing={NOTHING.test(text) || undefined}>{text}</td>;
}

const NOTHING = /^(–|0(\.0+)?(\s.*)?)$/;
