// Endpoint: what changed, why, since when? Left is time, right is explanation, row by row.

import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo } from "react";
import type {
  Answer, Client, EndpointSummary, Exported, Question, Series, Settings,
} from "../api/client";
import type { FeedState } from "../api/feed";
import { Findings } from "../charts/bands";
import { SharedCursor } from "../charts/cursor";
import { Deploys, useDeploys } from "../charts/deploys";
import { BoundsCard } from "../components/BoundsCard";
import cards from "../components/card.module.css";
import type { ChartLook } from "../components/ChartCard";
import { Button } from "../components/Control";
import { Empty } from "../components/Empty";
import { EndpointActs } from "../components/EndpointActs";
import { EndpointCharts, type Files } from "../components/EndpointCharts";
import { EndpointFigures } from "../components/EndpointFigures";
import { EndpointHead } from "../components/EndpointHead";
import { EndpointObjectives } from "../components/EndpointObjectives";
import { EndpointFindings, NothingChanged } from "../components/EndpointFindings";
import { ErrorState } from "../components/ErrorState";
import { ForecastCard } from "../components/ForecastCard";
import { Guard } from "../components/Guard";
import { Loading } from "../components/Loading";
import { OperationsCard } from "../components/OperationsCard";
import { RequestsCard } from "../components/RequestsCard";
import { ResponseTimeCard } from "../components/ResponseTimeCard";
import { SplitCard } from "../components/SplitCard";
import { StateChip } from "../components/StateChip";
import type { ChangeAddress } from "../components/useAddress";
import { VersionsCard } from "../components/VersionsCard";
import { useIsStale } from "../components/useIsStale";
import { useJudged } from "../components/useJudged";
import { useKeys } from "../components/useKeys";
import { usePolled } from "../components/usePolled";
import { useUsual } from "../components/useUsual";
import type { By } from "../components/useSigned";
import { useStars } from "../components/useStars";
import type { Theme } from "../components/useTheme";
import * as format from "../format";
import { type Address, formatAddress } from "../model/address";
import { deploysOfService } from "../model/deploys";
import { judgedOf } from "../model/judged";
import { rowKind } from "../model/rows";
import { targetOf } from "../model/sentence";
import { splitOf } from "../model/split";
import { ALL_TRAFFIC, trafficOf } from "../model/traffic";
import styles from "./endpointPage.module.css";

const PLOT_HEIGHT = { wide: 256, small: 180 }; // as high as the card beside it
const MOST_FINDINGS = 20;
const SMALL = "(max-width: 700px)";

export interface EndpointPageProps {
  client: Client;
  /** What the feed answers: its endpoint is the page's. */
  question: Question;
  address: Address;
  change: ChangeAddress;
  feed: FeedState;
  settings: Settings;
  theme: Theme;
  by: By;
  tryNow(): void;
  /** A range was dragged on any chart, in Unix seconds. */
  onRange?: (from: number, to: number) => void;
  /** The same endpoint in the period before, where it is compared with. */
  previous?: Series | null;
}

export function EndpointPage(props: EndpointPageProps) {
  const { feed: { answer, error, nextTryAt }, question, tryNow } = props;
  const row = answer?.endpoints.find(({ id }) => id === question.endpointId) ?? null;
  useEffect(() => void window.scrollTo(0, 0), [question.endpointId]);
  return (
    <div className={styles.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={tryNow} />
      )}
      {answer && row ? (
        <Answered {...props} answer={answer} row={row} />
      ) : answer?.series.endpoint_id === question.endpointId ? (
        <LeftOut name={answer.series.name} />
      ) : (
        error === null && <FirstLoading />
      )}
    </div>
  );
}

/** It is known, and still not among the endpoints of the answer. */
function LeftOut({ name }: { name: string }) {
  return (
    <section className={cards.card}>
      <Empty title={`${name} is left out by the filters`}>
        Take back a filter to see it, or go back to all endpoints.
      </Empty>
    </section>
  );
}

function FirstLoading() {
  return (
    <>
      <section className={cards.card}><Loading rows={2} /></section>
      <section className={cards.card}><Loading rows={8} /></section>
    </>
  );
}

interface AnsweredProps extends EndpointPageProps {
  answer: Answer;
  row: EndpointSummary;
}

function Answered(props: AnsweredProps) {
  const { client, address, change, feed, settings, answer, row, by } = props;
  const [stars, toggleStar] = useStars();
  const isStale = useIsStale(feed);
  const ageSeconds = isStale ? (Date.now() - feed.receivedAt) / 1000 : null;
  const now = useJudged(client, settings, answer.as_of, trafficOf(row));
  const judged = judgedOf(now.judged, row.id);
  useKeys({
    Escape: () => change({ endpointId: null }, true),
    s: () => toggleStar(row.id),
  });
  return (
    <>
      <EndpointHead row={row} {...{ settings, judged }} isStarred={stars.has(row.id)}
                    onStar={() => toggleStar(row.id)}
                    allHref={formatAddress({ ...address, endpointId: null })}
                    acts={<EndpointActs {...{ client, address, by, judged }} mayAct={settings.role === "operate"} onDone={now.again} />}
                    age={ageSeconds !== null && <StateChip state="pending">{format.age(ageSeconds)} old</StateChip>} />
      {isCalled(row) ? <Called {...props} isStale={isStale} /> : <Uncalled row={row} />}
    </>
  );
}

function Called(props: AnsweredProps & { isStale: boolean }) {
  const { client, question, address, change, settings, theme, answer, row, onRange, isStale } = props;
  const { previous = null } = props;
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  const look = useMemo<ChartLook>(() => ({ theme, isStale, onRange }), [theme, isStale, onRange]);
  const series = answer.series.endpoint_id === row.id ? answer.series : null; // else it is on its way
  const all = useDeploys();
  const deploys = useMemo(() => deploysOfService(all, row.service), [all, row.service]);
  const asked = { traffic: ALL_TRAFFIC, endpointId: row.id, limit: MOST_FINDINGS };
  const findings = usePolled(() => client.findings(asked), row.id, answer.as_of);
  const found = findings.isCurrent ? findings.answer : null;
  const usual = useUsual(client, question, answer.as_of);
  const fileOf = (table: Exported) => ({
    csv: client.exportAddress(table, question, "csv"),
    json: client.exportAddress(table, question, "json"),
  });
  const view = {
    isTableView: address.isTableView,
    onView: (isTableView: boolean) => change({ isTableView }),
  };
  const isForecast = address.isForecast && row.kind === "http";
  const forecast = row.kind === "http" && (
    <Button aria-pressed={isForecast} onClick={() => change({ isForecast: !isForecast })}>Forecast</Button>
  );
  const drawn = { view, look, target: targetOf(row, settings), plotHeight: isSmall ? PLOT_HEIGHT.small : PLOT_HEIGHT.wide };
  return (
    <>
      <EndpointFigures row={row} />
      <Guard name="What changed"><EndpointFindings client={client} page={found} /></Guard>
      <Deploys value={deploys}>
        <Findings value={found?.findings ?? []}>
        <SharedCursor>
          <div className={styles.grid}>
            {isForecast ? (
              <ForecastCard {...drawn} {...{ client, question }} asOf={answer.as_of} aside={forecast} />
            ) : (
              <ResponseTimeCard {...drawn} {...fileOf("series")} {...{ series, previous, usual, forecast }} endpoint={row} ageSeconds={null} />
            )}
            <BoundsCard row={row} settings={settings} />
            <EndpointCharts {...{ client, question, series, previous, look, isSmall, fileOf }}
                            asOf={answer.as_of} target={targetOf(row, settings)} hasTimes={row.kind === "http"}
                            besideHeatmap={<SplitCard split={splitOf(row, answer.summary)} {...fileOf("endpoint")} look={look} />}
                            besideBreakdown={<div className={styles.places}><Guard name="Objectives"><EndpointObjectives {...{ client, address }} endpoint={row} asOf={answer.as_of} /></Guard><Guard name="What changed"><NothingChanged page={found} error={findings.error} /></Guard></div>} />
          </div>
        </SharedCursor>
        </Findings>
      </Deploys>
      <Guard name="Versions"><VersionsCard {...{ client, question }} asOf={answer.as_of} /></Guard>
      {row.kind === "http" ? <Inside {...{ client, question, fileOf }} asOf={answer.as_of} /> : null}
    </>
  );
}

interface InsideProps {
  client: Client;
  question: Question;
  asOf: number;
  fileOf(table: Exported): Files;
}

/** What happens within a request. */
function Inside({ fileOf, ...asked }: InsideProps) {
  return (
    <>
      <Guard name="Operations"><OperationsCard {...asked} {...fileOf("operations")} /></Guard>
      <Guard name="Typical requests"><RequestsCard {...asked} {...fileOf("exemplars")} /></Guard>
    </>
  );
}

function isCalled(row: EndpointSummary): boolean {
  return ["measured", "stream"].includes(rowKind(row));
}

/** One teaching place, where each chart would say the same. */
function Uncalled({ row }: { row: EndpointSummary }) {
  const isMonitored = row.is_monitored;
  return (
    <section className={cards.card}>
      <Empty title={isMonitored ? "No request in this range" : "Not monitored"}>
        {isMonitored
          ? "Percentiles, the heatmap, where the time goes, throughput, errors, users and bytes appear here seconds after its next request. A longer time range may hold earlier ones."
          : "The configuration excludes it. Take it out of exclude, and its numbers appear here seconds after its next request."}
      </Empty>
    </section>
  );
}
