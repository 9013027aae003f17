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
import { focusRow } from "../components/moveFocus";
import { NothingMatches } from "../components/NothingMatches";
import { ResponseTimeCard } from "../components/ResponseTimeCard";
import { TableFoot } from "../components/TableFoot";
import type { ChangeAddress } from "../components/useAddress";
import { useIsStale } from "../components/useIsStale";
import { useJudged } from "../components/useJudged";
import { useKeys } from "../components/useKeys";
import { useRows } from "../components/useRows";
import { useStars } from "../components/useStars";
import type { Theme } from "../components/useTheme";
import { type Address, formatAddress } from "../model/address";
import { changesById } from "../model/comparison";
import { shownColumns } from "../model/columns";
import { type Range, rangePhrase } from "../model/ranges";
import { foundRows, sortAfterClick } from "../model/rows";
import { sentenceFor } from "../model/sentence";
import { ALL_TRAFFIC, isNarrowed } from "../model/traffic";
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
  /** A range that was drawn on a chart, in Unix seconds. */
  onRange(from: number, to: number): void;
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
  if (answer.endpoints.length > 0 || isNarrowed(props.address.traffic)) return <Screen {...props} />;
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
  const { traffic, filter, sort, endpointId } = address;
  const columns = useMemo(() => shownColumns(address.hiddenColumns), [address.hiddenColumns]);
  const [typed, setTyped] = useState(traffic.search);
  const found = useMemo(() => foundRows(answer.endpoints, typed), [answer.endpoints, typed]);
  const shown = useRows(found, filter, sort, stars);
  const isStale = useIsStale(feed);
  const { judged } = useJudged(client, settings, answer.as_of, ALL_TRAFFIC);
  const changes = useMemo(() => changesById(answer.previous), [answer.previous]);
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
    columns,
    changes,
    judged,
    lastTitle: changes ? "p95 change" : `p95, ${rangePhrase(range)}`,
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
        previous={answer.previous?.series ?? null}
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
          priorityCounts={answer.summary.priority_counts}
          traffic={traffic}
          filter={filter}
          search={search}
          percentile={isSmall ? percentile : null}
          isOrderChanged={shown.isOrderChanged}
          hiddenColumns={isSmall ? null : address.hiddenColumns}
          onHiddenColumns={(hiddenColumns) => change({ hiddenColumns })}
          onTraffic={(next, isStep) => change({ traffic: next }, isStep)}
          onTyped={setTyped}
          onFilter={(part) => change({ filter: { ...filter, ...part } }, true)}
          onPercentile={setPercentile}
          onReorder={shown.reorder}
        />
        {shown.rows.length === 0 ? (
          <div className={cards.card}><NothingMatches change={change} /></div>
        ) : isSmall ? (
          <EndpointList {...table} percentile={percentile} />
        ) : (
          <EndpointTable {...table} />
        )}
        <TableFoot rows={answer.endpoints} />
      </section>
    </>
  );
}
