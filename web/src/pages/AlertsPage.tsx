// Alerts: what is the matter, why, since when, and who looks after it?

import { useState } from "react";
import type { AlertPage, AlertRow, Client, Settings } from "../api/client";
import type { FeedState } from "../api/feed";
import { ActDialog, type AskedAct } from "../components/ActDialog";
import { type AlertDesk, AlertItem } from "../components/AlertItem";
import styles from "../components/alerts.module.css";
import { AlertTiles } from "../components/AlertTiles";
import cards from "../components/card.module.css";
import { Button } from "../components/Control";
import { Empty } from "../components/Empty";
import { Guard } from "../components/Guard";
import { Headline } from "../components/Headline";
import { IncidentCard } from "../components/IncidentCard";
import { PolledAnswer } from "../components/PolledAnswer";
import { RulesCard } from "../components/RulesCard";
import { SilencesCard } from "../components/SilencesCard";
import type { ChangeAddress } from "../components/useAddress";
import { useIsJudged } from "../components/useIsJudged";
import { slowly, usePolled } from "../components/usePolled";
import type { By } from "../components/useSigned";
import { type Address, formatAddress } from "../model/address";
import { alertsAsked, alertsSentence, canAct, type Chains, chainsOf, JUDGE_WORDS } from "../model/alerts";
import { hasRoute, nameOf } from "../model/rows";
import { silenceableRules } from "../model/silences";
import { isNarrowed, ALL_TRAFFIC, type Traffic } from "../model/traffic";
import pages from "./pages.module.css";

interface Props {
  client: Client;
  address: Address;
  change: ChangeAddress;
  settings: Settings;
  feed: FeedState;
  by: By;
  tryNow(): void;
}

export function AlertsPage(props: Props) {
  if (!props.settings.enable_alerts) return <SwitchedOff />;
  return <Asked {...props} />;
}

function SwitchedOff() {
  return (
    <section className={cards.card}>
      <Empty title="Alerts are switched off" line="dashboard_config = { enable_alerts = true }">
        What is past its bound, its likely cause and who looks after it would stand here. The settings switch
        it off; this switches it on:
      </Empty>
    </section>
  );
}

function Asked(props: Props) {
  const { client, address, feed } = props;
  const asked = alertsAsked(address.traffic, address.alertState);
  const asOf = feed.answer?.as_of ?? 0;
  const polled = usePolled(() => client.alerts(asked), JSON.stringify(asked), asOf);
  return (
    <PolledAnswer polled={polled} feed={feed} className={pages.stack} tryNow={props.tryNow}>
      {(page) => <Screen {...props} page={page} again={polled.again} />}
    </PolledAnswer>
  );
}

interface ScreenProps extends Props {
  page: AlertPage;
  again(): void;
}

function Screen({ page, again, client, address, change, settings, feed, by }: ScreenProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<AskedAct | null>(null);
  const [acts, setActs] = useState(0);
  const rules = usePolled(() => client.alertRules(), "rules", slowly(page.as_of));
  const isJudged = useIsJudged(client, page.as_of);
  const mayAct = settings.role === "operate";
  const endpoints = new Set(feed.answer?.endpoints.map(({ id }) => id));
  const names = (feed.answer?.endpoints ?? []).filter(hasRoute).map(nameOf);
  const desk: AlertDesk = {
    client, asOf: page.as_of, mayAct, chosen, opened: address.opened,
    hrefFor: ({ subject }) => (endpoints.has(subject)
      ? formatAddress({ ...address, screen: "endpoints", endpointId: subject, alertState: null, opened: null }) : null),
    onChoose: (ids, isChosen) => setChosen((before) => withAll(before, ids, isChosen)),
    onOpen: (opened) => change({ opened }),
    onAct: (act, alerts) => setAsked({ act, alerts }),
  };
  const done = (isDone: boolean) => {
    setAsked(null);
    if (!isDone) return;
    setChosen(new Set());
    setActs(acts + 1);
    again();
  };
  return (
    <>
      <Headline sentence={alertsSentence(page, isJudged)} />
      <AlertTiles counts={page.counts} chosen={address.alertState}
                  onChoose={(alertState) => change({ alertState }, true)} />
      <Remarks traffic={address.traffic} mayAct={mayAct} isOld={isJudged === false && page.total > 0} />
      <Bulk alerts={page.alerts.filter(({ id }) => chosen.has(id))} desk={desk} onClear={() => setChosen(new Set())} />
      <div className={pages.columns}>
        <div className={pages.stack}>
          <Guard name="Alerts"><List {...{ address, change, page, desk, isJudged }} /></Guard>
          <RulesCard {...{ client, by }} mayChange={mayAct} polled={rules} endpoints={names} />
        </div>
        <div className={pages.stack}>
          <SilencesCard {...{ client, by, mayAct }} asOf={page.as_of} alerts={page.alerts} turn={acts} onChanged={again}
                        endpoints={names} rules={silenceableRules(page.alerts, rules.answer ?? [])} />
        </div>
      </div>
      <ActDialog client={client} by={by} asked={asked} onClose={done} />
    </>
  );
}

function withAll(before: ReadonlySet<string>, ids: readonly string[], isChosen: boolean): ReadonlySet<string> {
  return new Set(isChosen ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id)));
}

function Remarks({ traffic, mayAct, isOld }: { traffic: Traffic; mayAct: boolean; isOld: boolean }) {
  const { status, lists } = traffic;
  const isIgnored = status !== null || lists.method.length > 1
    || [lists.service, lists.environment, lists.version, lists.instance].some((list) => list.length > 0);
  const words = [
    isOld && `${JUDGE_WORDS} Alerts stay as they were last judged.`,
    isIgnored && "Alerts are of all processes together: of the filters, words, one method and the priority hold here.",
    !mayAct && "You may look: to acknowledge, resolve or silence, sign in with a token of the role operate.",
  ].filter(Boolean);
  return words.length > 0 && <p className={styles.remark}>{words.join(" ")}</p>;
}

function Bulk({ alerts, desk, onClear }: { alerts: readonly AlertRow[]; desk: AlertDesk; onClear(): void }) {
  if (alerts.length === 0) return null;
  const canAcknowledge = alerts.some((alert) => canAct("acknowledge", alert));
  return (
    <div className={styles.bulk} role="group" aria-label="Chosen alerts">
      <strong>{alerts.length} chosen</strong>
      <Button isPrimary disabled={!canAcknowledge} onClick={() => desk.onAct("acknowledge", alerts)}>Acknowledge</Button>
      <Button onClick={() => desk.onAct("resolve", alerts)}>Resolve</Button>
      <Button onClick={onClear}>Choose none</Button>
    </div>
  );
}

interface ListProps extends Pick<ScreenProps, "address" | "change" | "page"> {
  desk: AlertDesk;
  isJudged: boolean | null;
}

function List(props: ListProps) {
  const { page, desk } = props;
  const chains = chainsOf(page);
  if (page.alerts.length === 0) return <section className={cards.card}><NoAlert {...props} /></section>;
  const rest = page.total - page.alerts.length;
  return (
    <>
      {chains.open.map((chain) => <IncidentCard key={chain.incident.id} chain={chain} desk={desk} />)}
      <Loose alerts={chains.loose} desk={desk} />
      <Over chains={chains} desk={desk} />
      {rest > 0 && <p className={styles.remark}>{rest} more: a filter, or one of the states above, shows them.</p>}
    </>
  );
}

function Loose({ alerts, desk }: { alerts: readonly AlertRow[]; desk: AlertDesk }) {
  if (alerts.length === 0) return null;
  return (
    <section className={`${cards.card} ${styles.loose}`} aria-label="Of no incident">
      <header><h2>Of no incident<small>nobody was told of these</small></h2></header>
      <ul>{alerts.map((alert) => <AlertItem key={alert.id} alert={alert} desk={desk} />)}</ul>
    </section>
  );
}

/** Unfolded where nothing else is there, or one looks for just that. */
function Over({ chains: { open, loose, over }, desk }: { chains: Chains; desk: AlertDesk }) {
  if (over.length === 0) return null;
  const alerts = over.flatMap((chain) => chain.alerts);
  const isOpened = open.length + loose.length === 0 || alerts.some(({ id }) => id === desk.opened);
  return (
    <details className={`${cards.card} ${styles.over}`} open={isOpened}>
      <summary>Over<small>{over.length} {over.length === 1 ? "incident" : "incidents"} of the last thirty days</small></summary>
      <ul>{alerts.map((alert) => <AlertItem key={alert.id} alert={alert} desk={desk} />)}</ul>
    </details>
  );
}

function NoAlert({ address, change, isJudged }: ListProps) {
  const isFiltered = isNarrowed(address.traffic) || address.alertState !== null;
  if (isFiltered) {
    return (
      <Empty title="No alert matches"
             action={<Button onClick={() => change({ traffic: ALL_TRAFFIC, alertState: null }, true)}>Show everything</Button>}>
        Take back a filter, or choose another state.
      </Empty>
    );
  }
  return (
    <Empty title="No alert" {...(isJudged === false ? { line: 'instrument(app, analysis="thread")' } : {})}>
      What is past its bound for long enough appears here within some ten seconds: response times and errors by
      priority, burning error budgets, lost throughput, blocked event loops, trouble of the store. Each says its
      value, its bound, its likely cause, and who looks after it.
      {isJudged === false && " One setting has a process judge, in a thread or, by “process”, beside the app:"}
    </Empty>
  );
}
