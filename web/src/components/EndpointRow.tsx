import type { EndpointChange, EndpointSummary, Settings } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import { ratioChange } from "../model/comparison";
import { isFew, nameOf, type RowKind, rowKind } from "../model/rows";
import { ChangeText } from "./ChangeText";
import { ErrorCell, MissedMark, PercentileCell, PriorityCell, Reason } from "./endpointCells";
import { Star } from "./Icon";
import { Meter, Rate, Share } from "./Numbers";
import { Template } from "./Template";
import styles from "./endpointTable.module.css";

interface Props {
  row: EndpointSummary;
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
  href: string;
  onSelect(id: string): void;
  onStar(id: string): void;
}

export function EndpointRow(props: Props) {
  const { row, isSelected, isTabStop, onSelect } = props;
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
      <td className={styles.text}><PriorityCell row={row} /></td>
      <th scope="row" className={styles.text}>
        <a
          href={props.href}
          tabIndex={isTabStop ? 0 : -1}
          data-full={name}
          onClick={(event) => event.preventDefault()}
        >
          <Template method={row.method} template={row.template} room={props.room} />
        </a>
        <MissedMark row={row} settings={props.settings} />
      </th>
      {isCalled ? (
        <CalledCells row={row} kind={kind} largestShare={props.largestShare}
                     settings={props.settings} changes={props.changes} />
      ) : (
        <td colSpan={7} className={styles.reasonCell}><Reason row={row} kind={kind} /></td>
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

interface CalledCellsProps {
  row: EndpointSummary;
  kind: RowKind;
  largestShare: number;
  settings: Settings;
  changes: ReadonlyMap<string, EndpointChange> | null;
}

function CalledCells({ row, kind, largestShare, settings, changes }: CalledCellsProps) {
  const isStream = kind === "stream";
  return (
    <>
      <td className={styles.rateCell}>
        {isStream ? <Open row={row} /> : <Rate value={row.rate_per_second} />}
      </td>
      {isStream ? (
        <td colSpan={3} className={styles.streamCell}><Reason row={row} kind={kind} /></td>
      ) : (
        <>
          <td className={styles.duration}><PercentileCell row={row} percentile="p50" /></td>
          <td className={styles.duration}><PercentileCell row={row} percentile="p95" /></td>
          <td className={styles.duration}><PercentileCell row={row} percentile="p99" /></td>
        </>
      )}
      <td className={styles.percent}><ErrorCell row={row} settings={settings} /></td>
      <td className={styles.shareCell}>
        <span>
          <Meter ratio={isStream ? 0 : (row.share_of_time_ratio ?? 0) / largestShare} />
          <Share value={isStream ? null : row.share_of_time_ratio} />
        </span>
      </td>
      <td className={styles.text}><LastCell row={row} isStream={isStream} changes={changes} /></td>
    </>
  );
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
