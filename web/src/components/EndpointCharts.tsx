import { type ReactNode, useCallback, useMemo } from "react";
import type { Client, Exported, Question, Series } from "../api/client";
import * as format from "../format";
import {
  breakdownChart, byteChart, errorChart, heatChart, spanOf, throughputChart, userChart,
} from "../model/charts";
import { ChartCard, type ChartLook } from "./ChartCard";
import heads from "./chartCard.module.css";
import { Empty } from "./Empty";
import styles from "./endpointCharts.module.css";
import { Guard } from "./Guard";
import { HeatLegend } from "./HeatLegend";
import { useAsked } from "./useAsked";

const PLOT_HEIGHT = { wide: 200, small: 180 };
const HALF_HEIGHT = 120;

export interface Files {
  csv: string;
  json: string;
}

interface Props {
  client: Client;
  question: Question;
  /** Null while the endpoint's own is awaited. */
  series: Series | null;
  previous: Series | null;
  asOf: number;
  /** Of the response time, in seconds; null where there is none. */
  target: number | null;
  look: ChartLook;
  isSmall: boolean;
  fileOf(table: Exported): Files;
  /** A stream has no response times to split or to count by duration. */
  hasTimes: boolean;
  besideHeatmap: ReactNode;
  besideBreakdown: ReactNode;
}

/** Everything of one endpoint over time, under its percentiles. */
export function EndpointCharts(props: Props) {
  const { series, previous, look, fileOf, isSmall } = props;
  const plotHeight = isSmall ? PLOT_HEIGHT.small : PLOT_HEIGHT.wide;
  const charts = useMemo(() => series && {
    breakdown: breakdownChart(series),
    throughput: throughputChart(series, previous),
    errors: errorChart(series),
    users: userChart(series),
    bytes: byteChart(series),
  }, [series, previous]);
  const files = fileOf("series");
  const step = series ? `${format.span(series.step_seconds)} steps` : "";
  const isWidened = charts?.breakdown.lines.some(({ isStairs }) => isStairs);
  const half = { ...files, look, plotHeight: HALF_HEIGHT };
  return (
    <>
      {props.hasTimes && (
        <>
          <Guard name="Latency heatmap"><HeatCard {...props} plotHeight={plotHeight} /></Guard>
          {props.besideHeatmap}
          <ChartCard name="Breakdown over time" chart={charts && charts.breakdown} {...files} look={look}
                     plotHeight={plotHeight} empty={<NoRequest />}
                     note={<>mean of a request{step && `, ${step}`}{isWidened && <span className={heads.detail}>, wider where requests are few</span>}</>} />
          {props.besideBreakdown}
        </>
      )}
      <div className={styles.halves}>
        <ChartCard name="Throughput" chart={charts && charts.throughput} {...half}
                   note="requests per second" empty={<NoRequest />} />
        <ChartCard name="Errors by status" chart={charts && charts.errors} {...half}
                   note="share of requests; beside each code, over the range" empty={<NoError series={series} />} />
        <ChartCard name="Users" chart={charts && charts.users} {...half}
                   note={userWords(series)} empty={<NoRequest />} />
        <ChartCard name="Bytes" chart={charts && charts.bytes} {...half}
                   note="of bodies, per second" empty={<NoRequest />} />
      </div>
    </>
  );
}

function HeatCard(props: Props & { plotHeight: number }) {
  const { client, question, series, asOf, target, look, plotHeight, fileOf } = props;
  const ask = useCallback((asked: Question) => client.heatmap(asked), [client]);
  const { answer: heatmap, error } = useAsked(ask, question, asOf);
  const { start, end } = series ? spanOf(series) : { start: 0, end: 0 };
  const chart = useMemo(
    () => (heatmap && end > start ? heatChart(heatmap, { start, end }, target) : null), [heatmap, start, end, target],
  );
  if (!chart && error !== null) {
    return <ChartCard name="Latency heatmap" chart={null} {...fileOf("heatmap")} look={look} plotHeight={plotHeight}
                      note={`${error}. It is asked again with the next answer.`} empty={null} />;
  }
  return (
    <ChartCard name="Latency heatmap" chart={chart} {...fileOf("heatmap")} plotHeight={plotHeight}
               look={{ ...look, isStale: look.isStale || error !== null }}
               note={heatmap && `requests by duration, ${format.span(heatmap.step_seconds)} steps`}
               aside={chart && <HeatLegend chart={chart} />} empty={<NoRequest />} />
  );
}

/** Stores keep users by the minute. */
function userWords(series: Series | null): string {
  if (series === null) return "";
  const { step_seconds: step } = series;
  return `different ones ${step > 60 ? `in ${format.span(step)}` : "a minute"}`;
}

function NoError({ series }: { series: Series | null }) {
  if (!series?.request_count.some((count) => count > 0)) return <NoRequest />;
  return (
    <Empty title="No request failed">
      Answers of 4xx and 5xx in this range would stand here by their code.
    </Empty>
  );
}

function NoRequest() {
  return (
    <Empty title="No request in this range">
      It fills seconds after the next request. A longer time range may hold earlier ones.
    </Empty>
  );
}
