// The live table of endpoints, for screens that are wide enough.

import type { EndpointChange, EndpointSummary, Settings } from "../api/client";
import { useWidth } from "../charts/useWidth";
import { COLUMN_WORDS, fitOf, type TableColumn, takenWidth } from "../model/columns";
import { type JudgedById, judgedOf } from "../model/judged";
import type { Sort, SortColumn } from "../model/rows";
import { EndpointRow } from "./EndpointRow";
import { Icon } from "./Icon";
import styles from "./endpointTable.module.css";
import { moveFocus } from "./moveFocus";
import { useHold } from "./useHold";
import { useShownRows } from "./useShownRows";

const CHARACTER_WIDTH = 7.2; // px, of the mono font at 12 px

export interface TableProps {
  rows: readonly EndpointSummary[];
  sort: Sort;
  columns: readonly TableColumn[];
  /** Of the line over time, or of what takes its place. */
  lastTitle: string;
  /** How far each endpoint is from the period before; null where none was asked for. */
  changes: ReadonlyMap<string, EndpointChange> | null;
  judged: JudgedById;
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

const TEXT_COLUMNS: readonly TableColumn[] = ["star", "priority", "endpoint", "share", "sparkline", "budget"];

export function EndpointTable(props: TableProps) {
  const [box, width] = useWidth();
  const hold = useHold(props.onHold);
  const fit = fitOf(width);
  const { columns } = props;
  const taken = takenWidth(columns, fit, props.changes !== null);
  const room = Math.floor((width - taken) / CHARACTER_WIDTH);
  const largestShare = Math.max(...props.rows.map((row) => row.share_of_time_ratio ?? 0), 1e-9);
  const { before, shown, after } = useShownRows(props.rows, box);
  return (
    <div ref={box} className={styles.card} data-stale={props.isStale || undefined}
         data-narrow={fit === "narrow" || undefined} data-snug={fit !== "wide" || undefined} data-compared={props.changes !== null || undefined} {...hold}>
      <table className={styles.table} onKeyDown={moveFocus}>
        <caption className="visually-hidden">Endpoints, newest numbers</caption>
        <colgroup>
          {columns.map((column) => <col key={column} className={styles[column]} />)}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column} {...props} column={column} isNarrow={fit === "narrow"} />
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
              judged={judgedOf(props.judged, row.id)}
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
  if (column === "budget") return <th scope="col" {...look}>{COLUMN_WORDS.budget}</th>;
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
