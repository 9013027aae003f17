import * as format from "../format";
import type { DeployRow } from "../api/client";
import { type Chart, type Column, columnsOf } from "../model/chart";
import { deploysOfStep, deploysWithin } from "../model/deploys";
import styles from "./chart.module.css";
import { useDeploys } from "./deploys";

/** The chart in numbers, newest first. */
export function ChartTable({ chart, height }: { chart: Chart; height: number }) {
  const deploys = deploysWithin(useDeploys(), chart);
  const columns = [...columnsOf(chart), ...(deploys.length > 0 ? [deployColumn(chart, deploys)] : [])];
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

function deployColumn({ times, stepSeconds }: Chart, deploys: readonly DeployRow[]): Column {
  const versions = (index: number) => deploysOfStep(deploys, times[index] ?? 0, stepSeconds).map(({ version }) => version);
  return { label: "Deployed", text: (index) => versions(index).join(", ") || "–" };
}

/** Nothing stands back, so that something is found. */
function Cell({ text }: { text: string }) {
  return <td data-nothing={NOTHING.test(text) || undefined}>{text}</td>;
}

const NOTHING = /^(–|0(\.0+)?(\s.*)?)$/;
