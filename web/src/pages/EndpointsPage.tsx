// Endpoints: which one costs users most?

import { useMediaQuery } from "@mantine/hooks";
import { useMemo, useRef, useState } from "react";
import type { Answer, Client, Exported, Question, Settings } from "../api/client";
import type { FeedState } from "../api/feed";
import cards from "../components/card.module.css";
import { Empty } from "../components/Empty";
import { type ShownPercentile } from "../components/endpointCells";
import { EndpointList } from "../components/EndpointList";
import { EndpointTable } from "../components/EndpointTable";
import { EndpointToolbar } from "../components/EndpointToolbar";
import { ErrorState } from "../components/ErrorState";
import { Headline } from "../components/Headline";
import { Loading } from "../components/Loading";
import { ResponseTimeCard } from "../components/ResponseTimeCard";
import { TableFoot } from "../components/TableFoot";
import type { ChangeAddress } from "../components/useAddress";
import { useIsStale } from "../components/useIsStale";
import { useKeys } from "../components/useKeys";
import { useRows } from "../components/useRows";
import { useStars } from "../components/useStars";
import type { Theme } from "../components/useTheme";
import { type Address, formatAddress } from "../model/address";
import { type Range, rangePhrase } from "../model/ranges";
import { sortAfterClick } from "../model/rows";
import { sentenceFor } from "../model/sentence";
import styles from "./pages.module.css";

const PLOT_HEIGHT = { wide: 200, small: 180 };
const SMALL = "(max-width: 860px)";

export interface EndpointsPageProps {
  client: Client;
  question: Question;
  address: Address;
  range: Range;
  change: ChangeAddress;
  feed: FeedState;
  settings: Settings;
  theme: Theme;
  tryNow(): void;
  /** A range was dragged on the chart, in Unix seconds. */
  onRange?: (from: number, to: number) => void;
}

export function EndpointsPage(props: EndpointsPageProps) {
  const { answer, error, nextTryAt } = props.feed;
  return (
    <div className={styles.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={props.tryNow} />
      )}
      {answer ? <Answered {...props} answer={answer} /> : error === null && <FirstLoading />}
    </div>
  );
}

function FirstLoading() {
  return (
    <>
      <section className={cards.card}><Loading rows={6} /></section>
      <section className={cards.card}><Loading rows={12} /></section>
    </>
  );
}

function Answered(props: EndpointsPageProps & { answer: Answer }) {
  const { answer } = props;
  if (answer.endpoints.length > 0) return <Screen {...props} />;
  return (
    <section className={cards.card}>
      <Empty title="No endpoint seen yet" line="instrument(app)">
        Each endpoint of your service appears here with its response times, seconds after its
        first request. One line measures an app:
      </Empty>
    </section>
  );
}

function Screen(props: EndpointsPageProps & { answer: Answer }) {
  const { client, question, address, range, change, feed, settings, theme, answer, onRange } = props;
  const [stars, toggleStar] = useStars();
  const [percentile, setPercentile] = useState<ShownPercentile>("p95");
  const [cursorId, setCursorId] = useState<string | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  const { filter, sort, endpointId } = address;
  const shown = useRows(answer.endpoints, filter, sort, stars);
  const isStale = useIsStale(feed);
  const look = useMemo(() => ({ theme, isStale, onRange }), [theme, isStale, onRange]);
  const fileOf = (table: Exported, kind: "csv" | "json") => client.exportAddress(table, question, kind);
  const open = (id: string) => change({ endpointId: id }, true);

  const step = (by: number) => {
    const at = shown.rows.findIndex((row) => row.id === cursorId);
    const next = shown.rows[Math.min(shown.rows.length - 1, Math.max(0, at + by))];
    if (!next) return;
    setCursorId(next.id);
    focusRow(next.id);
  };
  useKeys({
    "/": () => search.current?.focus(),
    j: () => step(1),
    k: () => step(-1),
    s: () => cursorId !== null && toggleStar(cursorId),
  });

  const table = {
    rows: shown.rows,
    sort,
    sparklineTitle: `p95, ${rangePhrase(range)}`,
    selectedId: endpointId,
    cursorId,
    stars,
    settings,
    isStale,
    hrefFor: (id: string) => formatAddress({ ...address, endpointId: id }),
    onSort: (column: typeof sort.column) => change({ sort: sortAfterClick(sort, column) }),
    onSelect: (id: string) => {
      setCursorId(id);
      open(id);
    },
    onStar: toggleStar,
    onHold: shown.onHold,
  };

  return (
    <>
      <Headline sentence={sentenceFor(answer, settings)} />
      <ResponseTimeCard
        series={answer.series.endpoint_id === null ? answer.series : null}
        endpoint={null}
        target={null}
        csv={fileOf("series", "csv")}
        json={fileOf("series", "json")}
        view={{ isTableView: address.isTableView, onView: (isTableView) => change({ isTableView }) }}
        look={look}
        ageSeconds={isStale ? (Date.now() - feed.receivedAt) / 1000 : null}
        plotHeight={isSmall ? PLOT_HEIGHT.small : PLOT_HEIGHT.wide}
      />
      <section>
        <EndpointToolbar
          rows={answer.endpoints}
          filter={filter}
          search={search}
          percentile={isSmall ? percentile : null}
          isOrderChanged={shown.isOrderChanged}
          onFilter={(part) => change({ filter: { ...filter, ...part } })}
          onPercentile={setPercentile}
          onReorder={shown.reorder}
        />
        {isSmall ? <EndpointList {...table} percentile={percentile} /> : <EndpointTable {...table} />}
        {shown.rows.length === 0 && <NoMatch />}
        <TableFoot rows={answer.endpoints} />
      </section>
    </>
  );
}

function NoMatch() {
  return <Empty title="No endpoint matches">Take back a filter, or a word of the search.</Empty>;
}

function focusRow(id: string): void {
  document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] a`)?.focus();
}
