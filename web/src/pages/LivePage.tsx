// Live: what is being asked just now, and how does each of it go?

import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useState } from "react";
import type { Answer, Client, RequestPage, RequestRow } from "../api/client";
import type { FeedState } from "../api/feed";
import cards from "../components/card.module.css";
import { Button, Key } from "../components/Control";
import { Empty } from "../components/Empty";
import { ErrorState } from "../components/ErrorState";
import { Loading } from "../components/Loading";
import { focusRow } from "../components/moveFocus";
import { NothingMatches } from "../components/NothingMatches";
import styles from "../components/stream.module.css";
import { Legend } from "../components/streamCells";
import { StreamList } from "../components/StreamList";
import { StreamTable } from "../components/StreamTable";
import foot from "../components/tableFoot.module.css";
import type { ChangeAddress } from "../components/useAddress";
import { useInstances } from "../components/useInstances";
import { useIsScrolled } from "../components/useIsScrolled";
import { useIsStale } from "../components/useIsStale";
import { useKeys } from "../components/useKeys";
import { useStream } from "../components/useStream";
import * as format from "../format";
import { type Address, formatAddress } from "../model/address";
import { instanceName } from "../model/filterChoices";
import { type Stream, streamWords } from "../model/stream";
import { ALL_TRAFFIC, isNarrowed } from "../model/traffic";
import pages from "./pages.module.css";

const SMALL = "(max-width: 860px)";

interface Props {
  client: Client;
  address: Address;
  change: ChangeAddress;
  feed: FeedState;
  /** The reader paused it: the rows stay, and what comes is counted. */
  isHeld: boolean;
  tryNow(): void;
}

export function LivePage(props: Props) {
  const { feed: { answer, error, nextTryAt }, address: { traffic }, isHeld } = props;
  const [isInside, setInside] = useState(false);
  const isScrolled = useIsScrolled();
  const isStill = isHeld || isInside || isScrolled;
  const [stream, catchUp] = useStream(answer?.recent ?? null, traffic, isStill);
  const shown = { ...props, stream, catchUp, isStill, onHold: setInside };
  return (
    <div className={pages.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={props.tryNow} />
      )}
      {answer && stream.shownPage ? (
        <Screen {...shown} answer={answer} page={stream.shownPage} />
      ) : (
        error === null && <section className={cards.card}><Loading rows={12} /></section>
      )}
    </div>
  );
}

interface ScreenProps extends Props {
  answer: Answer;
  page: RequestPage;
  stream: Stream;
  /** The rows keep their places: for one of the reasons to. */
  isStill: boolean;
  catchUp(): void;
  onHold(isHeld: boolean): void;
}

function Screen(props: ScreenProps) {
  const { answer, page, stream, isStill, catchUp } = props;
  const show = () => {
    catchUp();
    window.scrollTo(0, 0);
  };
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1>{streamWords(page, isStill)}</h1>
          <p>Some ten a second of each process by chance, its slowest, and some that failed.</p>
        </div>
        <Legend />
      </header>
      <div className={styles.new}>
        {stream.newCount > 0 && <Button isPrimary onClick={show}>{format.count(stream.newCount)} new</Button>}
      </div>
      {stream.shown.length > 0 ? <Rows {...props} /> : (
        <section className={cards.card}><NoRow {...props} hasEndpoints={answer.endpoints.length > 0} /></section>
      )}
    </>
  );
}

function Rows({ client, address, feed, stream: { shown }, onHold }: ScreenProps) {
  const [cursorId, setCursorId] = useState<string | null>(null);
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  const step = (by: number) => {
    const at = shown.findIndex(({ id }) => id === cursorId);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (!next) return;
    setCursorId(next.id);
    focusRow(next.id);
  };
  useKeys({ j: () => step(1), k: () => step(-1) });
  const table = {
    rows: shown, cursorId, onHold,
    isStale: useIsStale(feed),
    processOf: useProcessNames(client, shown),
    hrefFor: (endpointId: string) => formatAddress({ ...address, screen: "endpoints", endpointId }),
  };
  return (
    <div>
      {isSmall ? <StreamList {...table} /> : <StreamTable {...table} />}
      <footer className={foot.foot}>
        <span>{format.count(shown.length)} kept. Rows hold still under the pointer, and while the page is scrolled down.</span>
        <span className={foot.footKeys}><Key>j</Key> <Key>k</Key> move <Key>Enter</Key> open <Key>p</Key> pause</span>
      </footer>
    </div>
  );
}

/** Asks for the processes anew when one of them is another. */
function useProcessNames(client: Client, rows: readonly RequestRow[]): (row: RequestRow) => string {
  const ids = [...new Set(rows.map(({ instance }) => instance))].sort().join(" ");
  const instances = useInstances(client, ALL_TRAFFIC, ids).rows ?? [];
  return useCallback((row) => instanceName(instances, row.instance), [instances]);
}

function NoRow({ address, change, hasEndpoints }: ScreenProps & { hasEndpoints: boolean }) {
  if (isNarrowed(address.traffic)) return <NothingMatches what="request" change={change} />;
  const words = "Requests appear here one by one, within two seconds of their answer, with where their time went.";
  if (hasEndpoints) return <Empty title="No request yet">{words}</Empty>;
  return <Empty title="No request yet" line="instrument(app)">{words} One line measures an app:</Empty>;
}
