import type { EndpointSummary, Series } from "../api/client";
import { ResponseTimeChart } from "../charts/ResponseTimeChart";
import { ResponseTimeTable } from "../charts/ResponseTimeTable";
import * as format from "../format";
import { hasStairs, lastKnown, PERCENTILES } from "../model/percentiles";
import cards from "./card.module.css";
import styles from "./chartCard.module.css";
import { Segments } from "./Control";
import { Empty } from "./Empty";
import { Icon } from "./Icon";
import { PriorityChip } from "./PriorityChip";
import { StateChip } from "./StateChip";
import { Template } from "./Template";
import type { Theme } from "./useTheme";

const PLOT_HEIGHT = { wide: 200, small: 180 };

interface Props {
  series: Series;
  /** The endpoint on the chart; null: all together. */
  endpoint: EndpointSummary | null;
  target: number | null;
  isTableView: boolean;
  isStale: boolean;
  ageSeconds: number | null;
  isSmall: boolean;
  theme: Theme;
  /** The period before, where it is compared. */
  previous: Series | null;
  onRange(from: number, to: number): void;
  onView(isTableView: boolean): void;
  onClear(): void;
}

export function ChartCard(props: Props) {
  const { series, endpoint, isTableView, isStale, isSmall } = props;
  const plotHeight = isSmall ? PLOT_HEIGHT.small : PLOT_HEIGHT.wide;
  return (
    <section className={`${cards.card} ${styles.chartCard}`} aria-label="Response time">
      <div className={styles.chartHead}>
        <h2>Response time</h2>
        {endpoint ? (
          <EndpointTitle endpoint={endpoint} onClear={props.onClear} />
        ) : (
          <small>all endpoints</small>
        )}
        <small className={styles.steps}>
          percentiles, {format.span(series.step_seconds)} steps
          {hasStairs(series) && ", wider where requests are few"}
          {props.previous && "; thin grey: p95 before"}
        </small>
        {props.ageSeconds !== null && (
          <StateChip state="pending">{format.age(props.ageSeconds)} old</StateChip>
        )}
        <Segments
          label="View"
          value={isTableView}
          segments={[{ value: false, content: "Chart" }, { value: true, content: "Table" }]}
          onChange={props.onView}
        />
      </div>
      {!hasPoints(series) ? (
        <NothingToDraw endpoint={endpoint} />
      ) : isTableView ? (
        <ResponseTimeTable series={series} height={plotHeight + 38} />
      ) : (
        <ResponseTimeChart series={series} target={props.target} plotHeight={plotHeight}
                           isStale={isStale} theme={props.theme} previous={props.previous}
                           onRange={props.onRange} />
      )}
    </section>
  );
}

function EndpointTitle({ endpoint, onClear }: { endpoint: EndpointSummary; onClear(): void }) {
  return (
    <>
      <PriorityChip priority={endpoint.priority} />
      <Template method={endpoint.method} template={endpoint.template} room={44} />
      <button type="button" className={styles.clear} onClick={onClear}>
        <Icon name="close" size={12} />
        All endpoints
      </button>
    </>
  );
}

function hasPoints(series: Series): boolean {
  return PERCENTILES.some(({ field }) => lastKnown(series[field]) !== null);
}

function NothingToDraw({ endpoint }: { endpoint: EndpointSummary | null }) {
  const isStream = endpoint !== null && endpoint.kind !== "http";
  return isStream ? (
    <Empty title="A stream has no response time">
      Its connections stay open by intent, so they are counted and never enter percentiles.
    </Empty>
  ) : (
    <Empty title="No request in this range">
      The lines appear seconds after the next request. A longer time range may hold earlier ones.
    </Empty>
  );
}
