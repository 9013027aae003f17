import type { InstanceRow } from "../api/client";
import * as format from "../format";
import { reporting } from "../model/judging";
import cards from "./card.module.css";
import styles from "./instanceTable.module.css";
import { StateChip } from "./StateChip";

interface Props {
  rows: readonly InstanceRow[];
  /** Unix seconds at which the rows were true. */
  asOf: number;
}

export function InstanceTable({ rows, asOf }: Props) {
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Instances">
      <h2>Instances</h2>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Instances, as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">State</th>
              <th scope="col">Version</th>
              <th scope="col">Running for</th>
              <th scope="col">In flight</th>
              <th scope="col">Memory</th>
              <th scope="col">Our CPU time</th>
              <th scope="col">Longest stretch</th>
              <th scope="col">Buffered</th>
              <th scope="col">Dropped</th>
            </tr>
          </thead>
          <tbody>{rows.map((row) => <Row key={row.id} row={row} asOf={asOf} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row, asOf }: { row: InstanceRow; asOf: number }) {
  return (
    <tr title={row.last_error || undefined}>
      <th scope="row">{row.host}, pid {row.pid}</th>
      <td>{stateOf(row, asOf)}</td>
      <td>{row.version || "–"}</td>
      <td>{format.age(asOf - row.started_at)}</td>
      <td>{format.count(row.in_flight)}</td>
      <td>{format.size(row.resident_bytes)}</td>
      <td>{format.duration(row.cpu_seconds)}</td>
      <td>{format.duration(row.longest_stretch_seconds)}</td>
      <td>{format.count(row.buffered_batches)}</td>
      <td>{format.count(row.dropped_requests + row.requests_in_dropped_windows)}</td>
    </tr>
  );
}

function stateOf(row: InstanceRow, asOf: number) {
  if (row.is_alive) return reporting(row, asOf);
  return <StateChip state="pending">silent for {format.age(asOf - row.seen_at)}</StateChip>;
}
