// Endpoint: what changed, why, since when? Left is time, right is explanation, row by row.

import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo } from "react";
import type {
  Answer, Client, EndpointSummary, Exported, Question, Series, Settings,
} from "../api/client";
import type { FeedState } from "../api/feed";
import { SharedCursor } from "../charts/cursor";
import { BoundsCard } from "../components/BoundsCard";
import cards from "../components/card.module.css";
import type { ChartLook } from "../components/ChartCard";
import { Empty } from "../components/Empty";
import { EndpointCharts } from "../components/EndpointCharts";
import { EndpointFigures } from "../components/EndpointFigures";
import { EndpointHead } from "../components/EndpointHead";
import {
  ChangePlace, ObjectivesPlace, OperationsPlace, RequestsPlace,
} from "../components/EndpointPlaces";
import { ErrorState } from "../components/ErrorState";
import { Loading } from "../components/Loading";
import { ResponseTimeCard } from "../components/ResponseTimeCard";
import { SplitCard } from "../components/SplitCard";
import { StateChip } from "../components/StateChip";
import type { ChangeAddress } from "../components/useAddress";
import { useIsStale } from "../components/useIsStale";
import { useKeys } from "../components/useKeys";
import { useStars } from "../components/useStars";
import type { Theme } from "../components/useTheme";
import * as format from "../format";
import { type Address, formatAddress } from "../model/address";
import { targetOf } from "../model/sentence";
import { splitOf } from "../model/split";
import styles from "./endpointPage.module.css";

const PLOT_HEIGHT = { wide: 256, small: 180 }; // as high as the card beside it
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
  const { client, question, address, change, feed, settings, theme, answer, row, onRange } = props;
  const [stars, toggleStar] = useStars();
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  const isStale = useIsStale(feed);
  const look = useMemo<ChartLook>(() => ({ theme, isStale, onRange }), [theme, isStale, onRange]);
  const series = answer.series.endpoint_id === row.id ? answer.series : null; // else it is on its way
  const fileOf = (table: Exported) => ({
    csv: client.exportAddress(table, question, "csv"),
    json: client.exportAddress(table, question, "json"),
  });
  const ageSeconds = isStale ? (Date.now() - feed.receivedAt) / 1000 : null;
  const toAll = () => change({ endpointId: null }, true);
  useKeys({ Escape: toAll, s: () => toggleStar(row.id) });

  return (
    <>
      <EndpointHead row={row} settings={settings} isStarred={stars.has(row.id)}
                    onStar={() => toggleStar(row.id)}
                    allHref={formatAddress({ ...address, endpointId: null })}
                    age={ageSeconds !== null && <StateChip state="pending">{format.age(ageSeconds)} old</StateChip>} />
      <EndpointFigures row={row} />
      <SharedCursor>
        <div className={styles.grid}>
          <ResponseTimeCard series={series} previous={props.previous ?? null} endpoint={row}
                            target={targetOf(row, settings)} {...fileOf("series")} look={look}
                            ageSeconds={null} plotHeight={isSmall ? PLOT_HEIGHT.small : PLOT_HEIGHT.wide}
                            view={{ isTableView: address.isTableView, onView: (isTableView) => change({ isTableView }) }} />
          <BoundsCard row={row} settings={settings} />
          <EndpointCharts client={client} question={question} series={series} asOf={answer.as_of}
                          previous={props.previous ?? null} look={look} isSmall={isSmall} fileOf={fileOf}
                          besideHeatmap={<SplitCard split={splitOf(row, answer.summary)} {...fileOf("endpoint")} look={look} />}
                          besideBreakdown={<ObjectivesPlace />} />
        </div>
      </SharedCursor>
      <div className={styles.places}><ChangePlace /><OperationsPlace /><RequestsPlace /></div>
    </>
  );
}
