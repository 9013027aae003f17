import type { RefObject } from "react";
import type { EndpointSummary } from "../api/client";
import { PRIORITIES, priorityCounts, type RowFilter, rowKind } from "../model/rows";
import { Button, Key, Segments } from "./Control";
import type { ShownPercentile } from "./endpointCells";
import { PriorityGlyph } from "./Glyph";
import styles from "./endpointToolbar.module.css";
import { Icon, Star } from "./Icon";

interface Props {
  rows: readonly EndpointSummary[];
  filter: RowFilter;
  search: RefObject<HTMLInputElement | null>;
  /** The one percentile that small screens show; null where all have a column. */
  percentile: ShownPercentile | null;
  isOrderChanged: boolean;
  onFilter(change: Partial<RowFilter>): void;
  onPercentile(percentile: ShownPercentile): void;
  onReorder(): void;
}

export function EndpointToolbar(props: Props) {
  const { rows, filter, onFilter, percentile } = props;
  const neverCalled = rows.filter((row) => rowKind(row) === "never-called").length;
  return (
    <div className={styles.toolbar}>
      <h2>Endpoints</h2>
      <SearchField {...props} />
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
    </div>
  );
}

function SearchField({ search, filter, onFilter }: Props) {
  return (
    <label className={styles.search}>
      <Icon name="search" size={14} />
      <input
        ref={search}
        type="search"
        placeholder="Search by method or template"
        aria-label="Search endpoints"
        value={filter.search}
        onChange={(event) => onFilter({ search: event.target.value })}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <Key>/</Key>
    </label>
  );
}

function PrioritySegments({ rows, filter, onFilter }: Props) {
  const counts = priorityCounts(rows);
  const all = PRIORITIES.reduce((sum, priority) => sum + counts[priority], 0);
  return (
    <Segments
      label="Priority"
      value={filter.priority}
      segments={[
        { value: null, content: `All ${all}` },
        ...PRIORITIES.map((priority) => ({
          value: priority,
          label: `${priority.toUpperCase()}, ${counts[priority]}`,
          content: <><PriorityGlyph priority={priority} size={11} /> {counts[priority]}</>,
        })),
      ]}
      onChange={(priority) => onFilter({ priority })}
    />
  );
}
