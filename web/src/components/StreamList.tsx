// The newest requests as two-line rows, for small screens.

import { memo } from "react";
import { useWidth } from "../charts/useWidth";
import type { RequestRow } from "../api/client";
import * as format from "../format";
import { hasRoute } from "../model/rows";
import { PriorityGlyph } from "./Glyph";
import { Breakdown, ResponseTime, Status } from "./streamCells";
import type { StreamProps } from "./StreamTable";
import styles from "./stream.module.css";
import { Template } from "./Template";
import { useHold } from "./useHold";

const CHARACTER_WIDTH = 7.2; // px, of the mono font at 12 px
const TAKEN = 122; // px of the first line taken by glyph, number and edges

export function StreamList({ rows, isStale, hrefFor, processOf, onHold }: StreamProps) {
  const [box, width] = useWidth();
  const hold = useHold(onHold);
  const room = Math.floor((width - TAKEN) / CHARACTER_WIDTH);
  return (
    <div ref={box} {...hold}>
      <ul className={styles.list} data-stale={isStale || undefined} aria-label="Requests, the newest first">
        {rows.map((row) => (
          <Item key={row.id} row={row} room={room} href={hrefFor(row.endpoint_id)} process={processOf(row)} />
        ))}
      </ul>
    </div>
  );
}

interface ItemProps {
  row: RequestRow;
  room: number;
  href: string;
  process: string;
}

const Item = memo(function Item({ row, room, href, process }: ItemProps) {
  return (
    <li data-row={row.id}>
      <span>
        {hasRoute(row) && <PriorityGlyph priority={row.priority} size={11} />}
        {hasRoute(row) && <span className="visually-hidden">{row.priority}</span>}
        <a href={href}><Template method={row.method} template={row.template} room={room} /></a>
        <strong><ResponseTime row={row} /></strong>
      </span>
      <span>
        <Status status={row.status} />
        <span>{format.fineClock(row.ended_at)}</span>
        <span className={styles.process}>{process}</span>
        <Breakdown row={row} />
      </span>
    </li>
  );
});
