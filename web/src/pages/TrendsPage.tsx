// Trends: what became slower or faster, since when, with which deploy, and what does it cost users?

import type { Client, FindingPage, FindingRow } from "../api/client";
import type { FeedState } from "../api/feed";
import cards from "../components/card.module.css";
import { Empty } from "../components/Empty";
import { FindingItem } from "../components/FindingItem";
import styles from "../components/findings.module.css";
import { Guard } from "../components/Guard";
import { Headline } from "../components/Headline";
import { NothingMatches } from "../components/NothingMatches";
import { PolledAnswer } from "../components/PolledAnswer";
import type { ChangeAddress } from "../components/useAddress";
import { usePolled } from "../components/usePolled";
import { type Address, formatAddress } from "../model/address";
import { groupsOf, trendsSentence } from "../model/findings";
import { isNarrowed } from "../model/traffic";
import pages from "./pages.module.css";

const MOST_FINDINGS = 200;

interface Props {
  client: Client;
  address: Address;
  change: ChangeAddress;
  feed: FeedState;
  tryNow(): void;
}

export function TrendsPage(props: Props) {
  const { client, address: { traffic }, feed, tryNow } = props;
  const asked = { traffic, endpointId: null, limit: MOST_FINDINGS };
  const polled = usePolled(() => client.findings(asked), JSON.stringify(asked), feed.answer?.as_of ?? 0);
  return (
    <PolledAnswer {...{ polled, feed, tryNow }} className={pages.stack}>
      {(page) => <Screen {...props} page={page} />}
    </PolledAnswer>
  );
}

function Screen({ page, ...props }: Props & { page: FindingPage }) {
  const { worse, better, neither, over } = groupsOf(page);
  const shared = { ...props, asOf: page.as_of };
  return (
    <>
      <Headline sentence={trendsSentence(page)} />
      {page.findings.length === 0 && <section className={cards.card}><NoFinding {...props} page={page} /></section>}
      <Card {...shared} title="Worse" note="what costs users most first: waiting a day, weighted by priority" findings={worse} />
      <Card {...shared} title="Better" note="what users gained" findings={better} />
      <Card {...shared} title="Different" note="more or fewer requests, larger or smaller ones: neither better nor worse by itself" findings={neither} />
      {over.length > 0 && (
        <details className={`${cards.card} ${styles.over}`}>
          <summary>Over <small>{over.length}, went away by themselves or were mended</small></summary>
          <List {...shared} findings={over} />
        </details>
      )}
    </>
  );
}

interface ListProps extends Props {
  asOf: number;
  findings: readonly FindingRow[];
}

function Card({ title, note, ...list }: ListProps & { title: string; note: string }) {
  if (list.findings.length === 0) return null;
  return (
    <Guard name={title}>
      <section className={`${cards.card} ${styles.card}`} aria-label={title}>
        <header><h2>{title}<small>{note}</small></h2></header>
        <List {...list} />
      </section>
    </Guard>
  );
}

function List({ client, address, change, asOf, findings }: ListProps) {
  return (
    <ul className={styles.list}>
      {findings.map((finding) => (
        <FindingItem key={finding.id} {...{ client, finding, asOf }} isOpened={address.opened === finding.id}
                     href={formatAddress({ ...address, screen: "endpoints", endpointId: finding.endpoint_id, opened: null })}
                     onOpen={(opened) => change({ opened })} />
      ))}
    </ul>
  );
}

function NoFinding({ page, address, change }: Props & { page: FindingPage }) {
  if (page.reason) {
    return (
      <Empty title="Nothing looks for changes here" line={'analysis = "process"'}>
        What became slower, by how much and how sure, since which deploy and what moved with it would stand here.
        A process of its own looks for it, with numpy; this switches it on:
      </Empty>
    );
  }
  if (isNarrowed(address.traffic)) return <NothingMatches change={change} />;
  return (
    <Empty title="No change has been found">
      Two days of an endpoint are learned from; then what becomes slower, faster or fails more often appears here within
      minutes, with its interval, the deploy it came with, and the operations that moved.
    </Empty>
  );
}
