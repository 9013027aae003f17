import { type ReactNode, useMemo } from "react";
import type { EndpointSummary, Series } from "../api/client";
import * as format from "../format";
import { responseTimeChart } from "../model/charts";
import type { UsualHour } from "../model/chart";
import { hasStairs } from "../model/percentiles";
import { ChartCard, type ChartLook } from "./ChartCard";
import styles from "./chartCard.module.css";
import { Empty } from "./Empty";
import { Guard } from "./Guard";
import { StateChip } from "./StateChip";

interface Props {
  series: Series | null;
  /** The same steps of the period before, where it is compared with. */
  previous?: Series | null;
  /** What is usual at each hour; nothing where it is not asked for, or not known. */
  usual?: readonly UsualHour[];
  /** The endpoint on the chart; null: all together. */
  endpoint: EndpointSummary | null;
  target: number | null;
  csv: string;
  json: string;
  view: { isTableView: boolean; onView(isTableView: boolean): void };
  look: ChartLook;
  ageSeconds: number | null;
  plotHeight: number;
  /** Leads to the coming hours, where they can be asked for. */
  forecast?: ReactNode;
}

/** Percentiles over time, of one endpoint or of all together. */
export function ResponseTimeCard(props: Props) {
  return <Guard name="Response time"><Drawn {...props} /></Guard>;
}

function Drawn(props: Props) {
  const { series, previous = null, target, endpoint, ageSeconds, usual } = props;
  const chart = useMemo(
    () => series && responseTimeChart(series, target, previous, usual), [series, target, previous, usual],
  );
  return (
    <ChartCard
      name="Response time"
      chart={chart}
      note={
        <>
          {endpoint === null && "all endpoints, "}percentiles
          {series && `, ${format.span(series.step_seconds)} steps`}
          {series && hasStairs(series) && <span className={styles.detail}>, wider where requests are few</span>}
          {usual && usual.length > 0 && <span className={styles.detail}>; grey: the usual p95 of the hour</span>}
        </>
      }
      aside={
        <>
          {ageSeconds !== null && <StateChip state="pending">{format.age(ageSeconds)} old</StateChip>}
          {props.forecast}
        </>
      }
      csv={props.csv}
      json={props.json}
      empty={<NothingToDraw endpoint={endpoint} series={series} />}
      plotHeight={props.plotHeight}
      look={props.look}
      view={props.view}
    />
  );
}

function NothingToDraw({ endpoint, series }: Pick<Props, "endpoint" | "series">) {
  if (endpoint !== null && endpoint.kind !== "http") {
    return (
      <Empty title="A stream has no response time">
        Its connections stay open by intent, so they are counted and never enter percentiles.
      </Empty>
    );
  }
  return series?.request_count.some((count) => count > 0) ? (
    <Empty title="Too few requests for a percentile">
      A percentile is drawn where at least five requests lie above it. The table counts each step.
    </Empty>
  ) : (
    <Empty title="No request in this range">
      The lines appear seconds after the next request. A longer time range may hold earlier ones.
    </Empty>
  );
}
