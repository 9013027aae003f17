// Overview: is the service all right, and what do I do first?

import type { Answer, Client, Question, Settings } from "../api/client";
import type { FeedState } from "../api/feed";
import { AlertsCard } from "../components/AlertsCard";
import cards from "../components/card.module.css";
import { EndpointFindings, NothingChanged } from "../components/EndpointFindings";
import { Empty } from "../components/Empty";
import { ErrorState } from "../components/ErrorState";
import { Figures } from "../components/Figures";
import { Guard } from "../components/Guard";
import { Headline } from "../components/Headline";
import { Kept } from "../components/Kept";
import { Loading } from "../components/Loading";
import { LongestWaits } from "../components/LongestWaits";
import { MostErrors } from "../components/MostErrors";
import { NothingMatches } from "../components/NothingMatches";
import { PriorityDistances } from "../components/PriorityDistances";
import { ThreeThings } from "../components/ThreeThings";
import type { ChangeAddress } from "../components/useAddress";
import { useIsStale } from "../components/useIsStale";
import { usePolled } from "../components/usePolled";
import { type Address, formatAddress } from "../model/address";
import { longestWaits, mostErrors, priorityGroups } from "../model/overview";
import { sentenceFor } from "../model/sentence";
import { isNarrowed } from "../model/traffic";
import styles from "./pages.module.css";

const MOST_CHANGES = 3;

export interface OverviewPageProps {
  client: Client;
  question: Question;
  address: Address;
  feed: FeedState;
  settings: Settings;
  change: ChangeAddress;
  tryNow(): void;
}

export function OverviewPage(props: OverviewPageProps) {
  const { feed: { answer, error, nextTryAt }, tryNow } = props;
  const isStale = useIsStale(props.feed);
  return (
    <div className={styles.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={tryNow} />
      )}
      {answer && <Kept isStale={isStale} className={styles.stack}><Answered {...props} answer={answer} /></Kept>}
      {!answer && error === null && <section className={cards.card}><Loading rows={12} /></section>}
    </div>
  );
}

function Answered(props: OverviewPageProps & { answer: Answer }) {
  const { client, question, address, answer, settings, change } = props;
  if (answer.endpoints.length === 0) {
    return (
      <section className={cards.card}>
        {isNarrowed(address.traffic) ? <NothingMatches change={change} /> : <NothingSeen />}
      </section>
    );
  }
  const hrefFor = (endpointId: string) =>
    formatAddress({ ...address, screen: "endpoints", endpointId });
  const files = {
    csv: client.exportAddress("endpoints", question, "csv"),
    json: client.exportAddress("endpoints", question, "json"),
  };
  return (
    <>
      <Headline sentence={sentenceFor(answer, settings)} />
      <Figures answer={answer} />
      <Guard name="Three things to do now"><ThreeThings {...{ client, address, settings }} asOf={answer.as_of} /></Guard>
      <div className={styles.columns}>
        <div className={styles.stack}>
          <PriorityDistances groups={priorityGroups(answer.endpoints, settings)} hrefFor={hrefFor} {...files} />
          <Guard name="Where users wait">
            <LongestWaits waits={longestWaits(answer.endpoints)} span={answer.summary} hrefFor={hrefFor} {...files} />
          </Guard>
        </div>
        <div className={styles.stack}>
          <Guard name="Alerts and objectives"><AlertsCard {...{ client, address, settings }} asOf={answer.as_of} /></Guard>
          <Guard name="What changed"><Changes {...{ client, address, hrefFor }} asOf={answer.as_of} /></Guard>
          <MostErrors rows={mostErrors(answer.endpoints)} hrefFor={hrefFor} {...files} />
        </div>
      </div>
    </>
  );
}

function NothingSeen() {
  return (
    <Empty title="No endpoint seen yet" line="instrument(app)">
      The state of your service appears here seconds after its first request. One line measures
      an app:
    </Empty>
  );
}

interface ChangesProps {
  client: Client;
  address: Address;
  asOf: number;
  hrefFor: (endpointId: string) => string;
}

/** The costliest changes of this traffic that last. */
function Changes({ client, address: { traffic }, asOf, hrefFor }: ChangesProps) {
  const asked = { traffic, endpointId: null, limit: MOST_CHANGES };
  const { answer, isCurrent, error } = usePolled(() => client.findings(asked), JSON.stringify(asked), asOf);
  const page = isCurrent ? answer : null;
  return (
    <>
      <EndpointFindings {...{ client, page, hrefFor }} />
      <NothingChanged {...{ page, error }} />
    </>
  );
}
