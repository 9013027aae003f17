import type { RefObject } from "react";
import type { EndpointSummary, Priority } from "../api/client";
import type { OptionalColumn } from "../model/columns";
import { PRIORITIES, type RowFilter, rowKind } from "../model/rows";
import type { Traffic } from "../model/traffic";
import { ColumnMenu } from "./ColumnMenu";
import { Button, Segments } from "./Control";
import type { ShownPercentile } from "./endpointCells";
import { PriorityGlyph } from "./Glyph";
import styles from "./endpointToolbar.module.css";
import { Star } from "./Icon";
import { SearchField } from "./SearchField";

interface Props {
  rows: readonly EndpointSummary[];
  /** Endpoints of each priority, whichever of them is chosen. */
  priorityCounts: Record<string, number>;
  traffic: Traffic;
  filter: RowFilter;
  search: RefObject<HTMLInputElement | null>;
  /** The one percentile that small screens show; null where all have a column. */
  percentile: ShownPercentile | null;
  isOrderChanged: boolean;
  /** Null where there are no columns. */
  hiddenColumns: readonly OptionalColumn[] | null;
  onHiddenColumns(hidden: readonly OptionalColumn[]): void;
  onTraffic(traffic: Traffic, isStep?: boolean): void;
  onTyped(words: string): void;
  onFilter(change: Partial<RowFilter>): void;
  onPercentile(percentile: ShownPercentile): void;
  onReorder(): void;
}

export function EndpointToolbar(props: Props) {
  const { rows, traffic, filter, onFilter, percentile } = props;
  const neverCalled = rows.filter((row) => rowKind(row) === "never-called").length;
  return (
    <div className={styles.toolbar}>
      <h2>Endpoints</h2>
      <SearchField field={props.search} value={traffic.search} onTyped={props.onTyped}
                   onChange={(words) => props.onTraffic({ ...traffic, search: words })} />
      <PrioritySegments {...props} />
      <Button aria-pressed={filter.isStarredOnly}
              onClick={() => onFilter({ isStarredOnly: !filter.isStarredOnly })}>
        <Star isSet />
        Starred
      </Button>
      {(neverCalled > 0 || filter.isNeverCalledOnly) && (
        <Button aria-pressed={filter.isNeverCalledOnly}
                onClick={() => onFilter({ isNeverCalledOnly: !filter.isNeverCalledOnly })}>
          Never called <strong>{neverCalled}</strong>
        </Button>
      )}
      {percentile !== null && (
        <Segments
          label="Percentile"
          value={percentile}
          segments={(["p50", "p95", "p99"] as const).map((value) => ({ value, content: value }))}
          onChange={props.onPercentile}
        />
      )}
      {props.isOrderChanged && (
        <Button className={styles.end} onClick={props.onReorder} title="Put the rows in order">
          Order changed
        </Button>
      )}
      {props.hiddenColumns !== null && (
        <ColumnMenu hidden={props.hiddenColumns} onHidden={props.onHiddenColumns} />
      )}
    </div>
  );
}

function PrioritySegments({ priorityCounts: counts, traffic, onTraffic }: Props) {
  const countOf = (priority: Priority) => counts[priority] ?? 0;
  const all = PRIORITIES.reduce((sum, priority) => sum + countOf(priority), 0);
  return (
    <Segments
      label="Priority"
      value={traffic.priority}
      segments={[
        { value: null, content: `All ${all}` },
        ...PRIORITIES.map((priority) => ({
          value: priority,
          label: `${priority.toUpperCase()}, ${countOf(priority)}`,
          content: <><PriorityGlyph priority={priority} size={11} /> {countOf(priority)}</>,
        })),
      ]}
      onChange={(priority) => onTraffic({ ...traffic, priority }, true)}
    />
  );
}
