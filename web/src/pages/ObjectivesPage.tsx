// Objectives: what was promised, is it kept, and how long will it be?

import { useState } from "react";
import type { Client, EndpointSummary, ObjectivePage, Settings } from "../api/client";
import type { FeedState } from "../api/feed";
import alertStyles from "../components/alerts.module.css";
import { BudgetPast } from "../components/BudgetPast";
import cards from "../components/card.module.css";
import { DefinedObjectives } from "../components/DefinedObjectives";
import { Empty } from "../components/Empty";
import { Guard } from "../components/Guard";
import { Headline } from "../components/Headline";
import { type AskedKeep, KeepDialog } from "../components/KeepDialog";
import { NothingMatches } from "../components/NothingMatches";
import styles from "../components/objectives.module.css";
import type { Candidate } from "../components/ObjectiveDialog";
import { ObjectiveTable } from "../components/ObjectiveTable";
import { PolledAnswer } from "../components/PolledAnswer";
import type { ChangeAddress } from "../components/useAddress";
import { usePolled } from "../components/usePolled";
import type { By } from "../components/useSigned";
import { WhatIf } from "../components/WhatIf";
import { type Address, formatAddress } from "../model/address";
import { type Goal, goalsOf, objectivesSentence } from "../model/objectives";
import { hasRoute, nameOf } from "../model/rows";
import { isNarrowed } from "../model/traffic";
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

export function ObjectivesPage(props: Props) {
  const { client, address: { traffic }, feed } = props;
  const asOf = feed.answer?.as_of ?? 0;
  const polled = usePolled(() => client.objectives(traffic), JSON.stringify(traffic), asOf);
  return (
    <PolledAnswer polled={polled} feed={feed} className={pages.stack} tryNow={props.tryNow}>
      {(page) => <Screen {...props} page={page} again={polled.again} />}
    </PolledAnswer>
  );
}

function Screen({ page, again, ...props }: Props & { page: ObjectivePage; again(): void }) {
  const { client, address, change, settings, feed, by } = props;
  const [asked, setAsked] = useState<AskedKeep | null>(null);
  const mayChange = settings.role === "operate";
  const goals = goalsOf(page);
  const detail = (goal: Goal) => (
    <Guard name="What if">
      <div className={styles.panels}>
        <BudgetPast client={client} goal={goal} asOf={page.as_of} />
        <WhatIf key={`${goal.objective.target} ${goal.objective.bound}`} {...{ client, goal, mayChange }} asOf={page.as_of} onKeep={(objective) =>
          setAsked({ objective, endpointId: goal.row.endpoint_id, endpoint: goal.row.endpoint })} />
      </div>
      <p className={alertStyles.remark}>Budget ends: {page.method}. Burn rates: {page.source}.</p>
    </Guard>
  );
  const done = (isDone: boolean) => {
    setAsked(null);
    if (isDone) again();
  };
  return (
    <>
      <Headline sentence={objectivesSentence(goals)} />
      <Remarks isWhole={page.is_whole} mayChange={mayChange} />
      {goals.length > 0 ? (
        <ObjectiveTable goals={goals} asOf={page.as_of} opened={address.opened} detail={detail}
                        onOpen={(opened) => change({ opened })}
                        hrefFor={(endpointId) => formatAddress({ ...address, screen: "endpoints", endpointId, opened: null })} />
      ) : (
        <section className={cards.card}><NoGoal {...props} /></section>
      )}
      <DefinedObjectives {...{ client, by, mayChange }} asOf={page.as_of} objectives={page.objectives} onChanged={again}
                         candidates={candidatesOf(feed.answer?.endpoints ?? [])} />
      <KeepDialog client={client} by={by} asked={asked} onClose={done} />
    </>
  );
}

/** HTTP requests that a route took: what objectives are of. */
function candidatesOf(endpoints: readonly EndpointSummary[]): Candidate[] {
  return endpoints.filter((row) => row.kind === "http" && hasRoute(row) && row.last_called_at !== null)
    .map((row) => ({ id: row.id, name: nameOf(row), priority: row.priority }));
}

function Remarks({ isWhole, mayChange }: { isWhole: boolean; mayChange: boolean }) {
  const words = [
    !isWhole && "The history is still being read: what follows is of its newest part.",
    !mayChange && "You may look, and try others: to keep or take back an objective, sign in with a token of the role operate.",
  ].filter(Boolean);
  return words.length > 0 && <p className={alertStyles.remark} role="status">{words.join(" ")}</p>;
}

function NoGoal({ address, change }: Pick<Props, "address" | "change">) {
  if (isNarrowed(address.traffic)) return <NothingMatches change={change} />;
  return (
    <Empty title="No objective holds for any endpoint yet" line="instrument(app)">
      How much of each error budget is left, how fast it burns and when it ends appears here seconds after the
      first request: each priority has an objective of latency and one of availability. One line measures an app:
    </Empty>
  );
}
