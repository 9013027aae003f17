// The live table of endpoints, for screens that are wide enough.

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { useWidth } from "../charts/useWidth";
import type { EndpointChange, EndpointSummary, Settings } from "../api/client";
import { COLUMN_WORDS, type TableColumn, takenWidth } from "../model/columns";
import type { Sort, SortColumn } from "../model/rows";
import { EndpointRow } from "./EndpointRow";
import { Icon } from "./Icon";
import styles from "./endpointTable.module.css";

const ROW_HEIGHT = 36;
const VIRTUAL_FROM = 100; // rows; fewer are simply all there
const CHARACTER_WIDTH = 7.2; // px, of the mono font at 12 px
const NARROW = 1000;

export interface TableProps {
  rows: readonly EndpointSummary[];
  sort: Sort;
  columns: readonly TableColumn[];
  /** Of the last column. */
  lastTitle: string;
  /** How far each endpoint is from the period before; null where none was asked for. */
  changes: ReadonlyMap<string, EndpointChange> | null;
  selectedId: string | null;
  cursorId: string | null;
  stars: ReadonlySet<string>;
  settings: Settings;
  isStale: boolean;
  /** The address that shows the endpoint. */
  hrefFor(id: string): string;
  onSort(column: SortColumn): void;
  onSelect(id: string): void;
  onStar(id: string): void;
  /** True while the pointer or the focus is in the table, when no row may move. */
  onHold(isHeld: boolean): void;
}

const TEXT_COLUMNS: readonly TableColumn[] = ["star", "priority", "endpoint", "share", "sparkline"];

export function EndpointTable(props: TableProps) {
  const [box, width] = useWidth();
  const hold = useHold(props.onHold);
  const isNarrow = width < NARROW;
  const { columns } = props;
  const taken = takenWidth(columns, isNarrow, props.changes !== null);
  const room = Math.floor((width - taken) / CHARACTER_WIDTH);
  const largestShare = Math.max(...props.rows.map((row) => row.share_of_time_ratio ?? 0), 1e-9);
  const { before, shown, after } = useShownRows(props.rows, box);
  return (
    <div ref={box} className={styles.card} data-stale={props.isStale || undefined}
         data-narrow={isNarrow || undefined} data-compared={props.changes !== null || undefined} {...hold}>
      <table className={styles.table} onKeyDown={moveFocus}>
        <caption className="visually-hidden">Endpoints, newest numbers</caption>
        <colgroup>
          {columns.map((column) => <col key={column} className={styles[column]} />)}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column} {...props} column={column} isNarrow={isNarrow} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} aria-hidden />}
          {shown.map((row) => (
            <EndpointRow
              key={row.id}
              row={row}
              columns={columns}
              room={room}
              isSelected={row.id === props.selectedId}
              isTabStop={row.id === (props.cursorId ?? shown[0]?.id)}
              isStarred={props.stars.has(row.id)}
              largestShare={largestShare}
              settings={props.settings}
              changes={props.changes}
              href={props.hrefFor(row.id)}
              onSelect={props.onSelect}
              onStar={props.onStar}
            />
          ))}
          {after > 0 && <tr style={{ height: after }} aria-hidden />}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderCellProps extends Pick<TableProps, "sort" | "lastTitle" | "onSort"> {
  column: TableColumn;
  isNarrow: boolean;
}

function HeaderCell({ column, isNarrow, sort, lastTitle, onSort }: HeaderCellProps) {
  const look = { className: TEXT_COLUMNS.includes(column) ? styles.text : undefined, "data-column": column };
  if (column === "star") return <th {...look}><span className="visually-hidden">Starred</span></th>;
  if (column === "sparkline") return <th scope="col" {...look}>{lastTitle}</th>;
  const isSorted = sort.column === column;
  const direction = sort.isAscending ? "ascending" : "descending";
  return (
    <th scope="col" {...look} aria-sort={isSorted ? direction : undefined}>
      <button type="button" onClick={() => onSort(column)}>
        {titleOf(column, isNarrow)}
        {isSorted && (
          <span className={styles.arrow} data-ascending={sort.isAscending || undefined}>
            <Icon name="chevron" size={14} />
          </span>
        )}
      </button>
    </th>
  );
}

function titleOf(column: Exclude<TableColumn, "star">, isNarrow: boolean): string {
  if (column === "endpoint") return "Endpoint";
  return isNarrow && column === "share" ? "Share" : COLUMN_WORDS[column];
}

/** Arrow keys walk the rows once the focus is among them. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = (event.target as HTMLElement).closest("tbody tr");
  if (!step || !row) return;
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  next?.querySelector("a")?.focus();
  event.preventDefault();
}

function useHold(onHold: (isHeld: boolean) => void) {
  const inside = useRef({ pointer: false, focus: false });
  const set = (change: Partial<typeof inside.current>) => {
    Object.assign(inside.current, change);
    onHold(inside.current.pointer || inside.current.focus);
  };
  return {
    onPointerEnter: () => set({ pointer: true }),
    onPointerLeave: () => set({ pointer: false }),
    onFocus: () => set({ focus: true }),
    onBlur: () => set({ focus: false }),
  };
}

/** The rows in view, and the height in px of those above and below them. */
function useShownRows(rows: readonly EndpointSummary[], box: React.RefObject<HTMLElement | null>) {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
  }, [box, rows.length]);
  const isVirtual = rows.length > VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: isVirtual ? rows.length : 0,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: top,
  });
  if (!isVirtual) return { before: 0, shown: rows, after: 0 };
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const end = (items.at(-1)?.index ?? -1) + 1;
  return {
    before: first * ROW_HEIGHT,
    shown: rows.slice(first, end),
    after: (rows.length - end) * ROW_HEIGHT,
  };
}
