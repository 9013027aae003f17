// The newest requests as a table, for screens that are wide enough.

import { memo } from "react";
import { useWidth } from "../charts/useWidth";
import type { RequestRow } from "../api/client";
import * as format from "../format";
import { moveFocus } from "./moveFocus";
import { PriorityCell } from "./endpointCells";
import { Breakdown, ResponseTime, Status, TargetBar } from "./streamCells";
import styles from "./stream.module.css";
import { Template } from "./Template";
import { useHold } from "./useHold";
import { useShownRows } from "./useShownRows";

const CHARACTER_WIDTH = 7.2; // px, of the mono font at 12 px
const TAKEN = { wide: 702, narrow: 482 }; // px of all columns but the endpoint's, as stream.module.css has them
const NARROW = 1000;

export interface StreamProps {
  rows: readonly RequestRow[];
  cursorId: string | null;
  isStale: boolean;
  hrefFor(endpointId: string): string;
  /** The process of a row, in words. */
  processOf(row: RequestRow): string;
  /** True while the pointer or the focus is in the table, when no row may move. */
  onHold(isHeld: boolean): void;
}

export function StreamTable(props: StreamProps) {
  const { rows, cursorId, hrefFor, processOf } = props;
  const [box, width] = useWidth();
  const hold = useHold(props.onHold);
  const isNarrow = width < NARROW;
  const room = Math.floor((width - (isNarrow ? TAKEN.narrow : TAKEN.wide)) / CHARACTER_WIDTH);
  const { before, shown, after } = useShownRows(rows, box);
  const tabStop = rows.some(({ id }) => id === cursorId) ? cursorId : shown[0]?.id;
  return (
    <div ref={box} className={styles.card} data-stale={props.isStale || undefined}
         data-narrow={isNarrow || undefined} {...hold}>
      <table className={styles.table} onKeyDown={moveFocus}>
        <caption className="visually-hidden">Requests, the newest first</caption>
        <thead>
          <tr>
            <th scope="col" className={styles.time}>Time</th>
            <th scope="col" className={styles.priority}>Priority</th>
            <th scope="col">Endpoint</th>
            <th scope="col" className={styles.code}>Status</th>
            <th scope="col" className={styles.duration}>Duration</th>
            <th scope="col" className={styles.bar}>Target</th>
            <th scope="col" className={styles.parts}>Breakdown</th>
            <th scope="col" className={styles.process}>Instance</th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} aria-hidden />}
          {shown.map((row) => (
            <Row key={row.id} row={row} room={room} isTabStop={row.id === tabStop}
                 href={hrefFor(row.endpoint_id)} process={processOf(row)} />
          ))}
          {after > 0 && <tr style={{ height: after }} aria-hidden />}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: RequestRow;
  room: number;
  isTabStop: boolean;
  href: string;
  process: string;
}

/** A request does not change any more: its row is drawn once. */
const Row = memo(function Row({ row, room, isTabStop, href, process }: RowProps) {
  return (
    <tr className={styles.row} data-row={row.id}>
      <td className={styles.time} title={row.trace_id && `trace ${row.trace_id}`}>{format.fineClock(row.ended_at)}</td>
      <td className={styles.priority}><PriorityCell row={row} /></td>
      <th scope="row">
        <a href={href} tabIndex={isTabStop ? 0 : -1}>
          <Template method={row.method} template={row.template} room={room} />
        </a>
      </th>
      <td className={styles.code}><Status status={row.status} /></td>
      <td className={styles.duration}><ResponseTime row={row} /></td>
      <td className={styles.bar}><TargetBar row={row} /></td>
      <td className={styles.parts}><Breakdown row={row} /></td>
      <td className={styles.process} title={process}>{process}</td>
    </tr>
  );
});
