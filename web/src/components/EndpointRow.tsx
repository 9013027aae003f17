import type { ReactNode } from "react";
import type { EndpointChange, EndpointSummary, Settings } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import type { TableColumn } from "../model/columns";
import { ratioChange } from "../model/comparison";
import type { Judged } from "../model/judged";
import { isFew, nameOf, type RowKind, rowKind } from "../model/rows";
import { ChangeText } from "./ChangeText";
import { BudgetCell, ErrorCell, PercentileCell, PriorityCell, Reason, StateMark } from "./endpointCells";
import { Star } from "./Icon";
import { Meter, Rate, Share } from "./Numbers";
import { Template } from "./Template";
import styles from "./endpointTable.module.css";

const PERCENTILE_COLUMNS: readonly TableColumn[] = ["p50", "p95", "p99"];
const AFTER_PERCENTILES: readonly TableColumn[] = ["errors", "share", "sparkline", "budget"];
const VALUE_COLUMNS: readonly TableColumn[] = ["rate", ...PERCENTILE_COLUMNS, ...AFTER_PERCENTILES];

interface Props {
  row: EndpointSummary;
  columns: readonly TableColumn[];
  /** Characters that the endpoint's column has room for. */
  room: number;
  isSelected: boolean;
  /** One row at a time can be reached by Tab; j, k and the arrows go on from it. */
  isTabStop: boolean;
  isStarred: boolean;
  /** The largest share of time in the table, which fills its meter. */
  largestShare: number;
  settings: Settings;
  changes: ReadonlyMap<string, EndpointChange> | null;
  judged: Judged;
  href: string;
  onSelect(id: string): void;
  onStar(id: string): void;
}

export function EndpointRow(props: Props) {
  const { row, columns, isSelected, isTabStop, onSelect } = props;
  const kind = rowKind(row);
  const name = nameOf(row);
  const isCalled = kind === "measured" || kind === "stream";
  return (
    <tr
      className={styles.row}
      data-row={row.id}
      data-kind={kind}
      aria-current={isSelected || undefined}
      onClick={() => onSelect(row.id)}
    >
      <td className={styles.starCell} onClick={(event) => event.stopPropagation()}>
        {isCalled && <StarButton {...props} />}
      </td>
      {columns.includes("priority") && (
        <td className={styles.text} data-column="priority"><PriorityCell row={row} /></td>
      )}
      <th scope="row" className={styles.text}>
        <a
          href={props.href}
          tabIndex={isTabStop ? 0 : -1}
          data-full={name}
          onClick={(event) => event.preventDefault()}
        >
          <Template method={row.method} template={row.template} room={props.room} />
        </a>
        <StateMark row={row} settings={props.settings} alert={props.judged.alert} />
      </th>
      {isCalled ? (
        <CalledCells {...props} kind={kind} />
      ) : (
        <Span columns={columns} over={VALUE_COLUMNS} look={styles.reasonCell}><Reason row={row} kind={kind} /></Span>
      )}
    </tr>
  );
}

export function StarButton({ row, isTabStop, isStarred, onStar }: StarButtonProps) {
  return (
    <button
      type="button"
      className={styles.starButton}
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isStarred}
      aria-label={`Star ${nameOf(row)}`}
      onClick={() => onStar(row.id)}
    >
      <Star isSet={isStarred} />
    </button>
  );
}

type StarButtonProps = Pick<Props, "row" | "isTabStop" | "isStarred" | "onStar">;

interface SpanProps {
  columns: readonly TableColumn[];
  /** The columns that the one cell takes the place of, as far as they are shown. */
  over: readonly TableColumn[];
  look: string | undefined;
  children: ReactNode;
}

function Span({ columns, over, look, children }: SpanProps) {
  const count = columns.filter((column) => over.includes(column)).length;
  return count > 0 && <td colSpan={count} className={look}>{children}</td>;
}

type CalledCellsProps = Pick<Props, "row" | "columns" | "largestShare" | "settings" | "changes" | "judged"> & {
  kind: RowKind;
};

function CalledCells(props: CalledCellsProps) {
  const { row, kind, columns } = props;
  if (kind !== "stream") {
    return columns.filter((column) => VALUE_COLUMNS.includes(column))
      .map((column) => <ValueCell key={column} {...props} column={column} />);
  }
  return (
    <>
      {columns.includes("rate") && <ValueCell {...props} column="rate" />}
      <Span columns={columns} over={PERCENTILE_COLUMNS} look={styles.streamCell}>
        <Reason row={row} kind={kind} />
      </Span>
      {AFTER_PERCENTILES.filter((column) => columns.includes(column))
        .map((column) => <ValueCell key={column} {...props} column={column} />)}
    </>
  );
}

function ValueCell({ column, row, kind, largestShare, settings, changes, judged }: CalledCellsProps & { column: TableColumn }) {
  const isStream = kind === "stream";
  switch (column) {
    case "rate":
      return (
        <td className={styles.rateCell} data-column={column}>
          {isStream ? <Open row={row} /> : <Rate value={row.rate_per_second} />}
        </td>
      );
    case "p50":
    case "p95":
    case "p99":
      return <td className={styles.duration} data-column={column}><PercentileCell row={row} percentile={column} /></td>;
    case "errors":
      return <td className={styles.percent} data-column={column}><ErrorCell row={row} settings={settings} /></td>;
    case "share":
      return (
        <td className={styles.shareCell} data-column={column}>
          <span>
            <Meter ratio={isStream ? 0 : (row.share_of_time_ratio ?? 0) / largestShare} />
            <Share value={isStream ? null : row.share_of_time_ratio} />
          </span>
        </td>
      );
    case "budget":
      return <td className={`${styles.text} ${styles.budgetCell}`} data-column={column}><BudgetCell goal={judged.goal} /></td>;
    default:
      return <td className={styles.text} data-column={column}><LastCell {...{ row, isStream, changes }} /></td>;
  }
}

function Open({ row }: { row: EndpointSummary }) {
  return <span title="the most at once in this range">{format.count(row.open_connections)} open</span>;
}

interface LastCellProps {
  row: EndpointSummary;
  isStream: boolean;
  changes: CalledCellsProps["changes"];
}

/** How p95 went, or how far it is from the period before. */
function LastCell({ row, isStream, changes }: LastCellProps) {
  if (isStream) return null;
  if (changes) return <ChangeText change={ratioChange(changes.get(row.id)?.p95_change_ratio ?? null, true)} />;
  if (isFew(row)) return <span className={styles.quiet}>too few</span>;
  return <Sparkline values={row.sparkline} label={`p95 of ${nameOf(row)} over time`} />;
}
