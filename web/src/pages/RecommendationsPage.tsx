// Recommendations: what to change first, why, what it would save, and what it did?

import { useState } from "react";
import type { AdviceAsked, AdvicePage, AdviceState, Client, Settings } from "../api/client";
import type { FeedState } from "../api/feed";
import { AdviceDialog, type AskedAdvice } from "../components/AdviceDialog";
import { AdviceItem } from "../components/AdviceItem";
import styles from "../components/advice.module.css";
import cards from "../components/card.module.css";
import { Segments } from "../components/Control";
import { Empty } from "../components/Empty";
import { Headline } from "../components/Headline";
import { PolledAnswer } from "../components/PolledAnswer";
import type { ChangeAddress } from "../components/useAddress";
import { usePolled } from "../components/usePolled";
import type { By } from "../components/useSigned";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "../model/address";
import { ADVICE_STATES, adviceSentence } from "../model/advice";
import pages from "./pages.module.css";

const MOST = 200;

type Shown = "todo" | "done" | "rest";

const SHOWN: Record<Shown, readonly AdviceState[]> = {
  todo: ["open", "accepted"],
  done: ["applied", "verified", "no_effect", "worse"],
  rest: ["dismissed", "gone"],
};

interface Props {
  client: Client;
  address: Address;
  change: ChangeAddress;
  settings: Settings;
  feed: FeedState;
  tryNow(): void;
  by: By;
}

export function RecommendationsPage(props: Props) {
  if (!props.settings.enable_optimizations) return <SwitchedOff />;
  return <Asked {...props} />;
}

function SwitchedOff() {
  return (
    <section className={cards.card}>
      <Empty title="Recommendations are switched off" line="dashboard_config = { enable_optimizations = true }">
        What to change first, with evidence and what it would save, would stand here. The settings switch it off;
        this switches it on:
      </Empty>
    </section>
  );
}

function Asked(props: Props) {
  const { client, address: { traffic: { search, priority, lists } }, feed } = props;
  const method = lists.method.length === 1 ? lists.method[0] : "";
  const asked: AdviceAsked = {
    search: [method, search].filter(Boolean).join(" "), priority, states: ADVICE_STATES, endpointId: null, limit: MOST,
  };
  const asOf = feed.answer?.as_of ?? 0;
  const polled = usePolled(() => client.recommendations(asked), JSON.stringify(asked), asOf);
  return (
    <PolledAnswer polled={polled} feed={feed} className={pages.stack} tryNow={props.tryNow}>
      {(page) => <Screen {...props} page={page} again={polled.again} />}
    </PolledAnswer>
  );
}

interface ScreenProps extends Props {
  page: AdvicePage;
  again(): void;
}

function Screen({ page, again, client, address, change, settings, feed, by }: ScreenProps) {
  const opened = page.recommendations.find(({ id }) => id === address.opened);
  const [chosen, setChosen] = useState<Shown | null>(null);
  const [asked, setAsked] = useState<AskedAdvice | null>(null);
  const shown = chosen ?? shownOf(opened?.state ?? "open");
  const mayAct = settings.role === "operate";
  const endpoints = new Set(feed.answer?.endpoints.map(({ id }) => id));
  const listed = page.recommendations.filter(({ state }) => SHOWN[shown].includes(state));
  const hrefFor = (endpointId: string) => (endpoints.has(endpointId)
    ? formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen: "endpoints", endpointId }) : null);
  const close = (isDone: boolean) => {
    setAsked(null);
    if (isDone) again();
  };
  return (
    <>
      <Headline sentence={adviceSentence(page)} />
      <div className={styles.tools}>
        <Segments<Shown> label="Which" value={shown} onChange={setChosen} segments={[
          { value: "todo", content: `To do ${countOf(page, "todo")}` },
          { value: "done", content: `Applied ${countOf(page, "done")}` },
          { value: "rest", content: `Dismissed or gone ${countOf(page, "rest")}` },
        ]} />
      </div>
      {!page.is_judged && (
        <p className={styles.remark}>
          Nobody judges (analysis = "off"): whoever asks looks for itself at the last minutes, and only what people do is stored.
        </p>
      )}
      {!mayAct && <p className={styles.remark}>You may look: to accept, apply or dismiss, sign in with a token of the role operate.</p>}
      <section className={cards.card} aria-label="Recommendations">
        {listed.length === 0 ? <p className={styles.none}>{NOTHING[shown]}</p> : (
          <ol className={styles.list}>
            {listed.map((advice, index) => (
              <AdviceItem key={advice.id} {...{ client, advice, mayAct }} asOf={page.as_of}
                          number={shown === "todo" ? index + 1 : null} isOpened={advice.id === opened?.id}
                          href={hrefFor(advice.endpoint_id)} onOpen={(id) => change({ opened: id })} onAct={setAsked} />
            ))}
          </ol>
        )}
      </section>
      <AdviceDialog client={client} by={by} asked={asked} onClose={close} />
    </>
  );
}

const NOTHING: Record<Shown, string> = {
  todo: "Nothing that would save much is found. The first look needs a minute or two of traffic.",
  done: "Nothing was marked applied. Once it is, what it saved stands here beside the estimate.",
  rest: "Nothing was dismissed, and nothing went by itself.",
};

function shownOf(state: AdviceState): Shown {
  return (Object.keys(SHOWN) as Shown[]).find((shown) => SHOWN[shown].includes(state)) ?? "todo";
}

function countOf({ counts }: AdvicePage, shown: Shown): number {
  return SHOWN[shown].reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}
