// Health: what measuring costs, and whether anything was lost.

import type { Client, HealthLine } from "../api/client";
import type { FeedState } from "../api/feed";
import cards from "../components/card.module.css";
import { ErrorState } from "../components/ErrorState";
import { Figure } from "../components/Figures";
import figures from "../components/figures.module.css";
import { Headline } from "../components/Headline";
import { InstanceTable } from "../components/InstanceTable";
import { Loading } from "../components/Loading";
import { useInstances } from "../components/useInstances";
import * as format from "../format";
import { healthSentence } from "../model/health";
import type { Traffic } from "../model/traffic";
import styles from "./pages.module.css";

interface Props {
  client: Client;
  traffic: Traffic;
  feed: FeedState;
  tryNow(): void;
}

export function HealthPage({ client, traffic, feed, tryNow }: Props) {
  const { answer, nextTryAt } = feed;
  const instances = useInstances(client, traffic, feed.receivedAt);
  const error = feed.error ?? instances.error;
  return (
    <div className={styles.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={tryNow} />
      )}
      {answer && <Headline sentence={healthSentence(answer.health)} />}
      {answer && <Facts health={answer.health} />}
      {answer && instances.rows ? (
        <InstanceTable rows={instances.rows} asOf={answer.as_of} />
      ) : (
        error === null && <section className={cards.card}><Loading rows={6} /></section>
      )}
    </div>
  );
}

function Facts({ health }: { health: HealthLine }) {
  return (
    <section className={`${cards.card} ${figures.figures}`} aria-label="Our own cost">
      <Figure name="CPU that measuring takes" measure={cpuOf(health)} note="of one core, mean of the workers" />
      <Figure name="Longest stretch" measure={format.durationParts(health.longest_stretch_seconds)}
              note="that a drain held the interpreter" />
      <Figure name="Store" measure={format.sizeParts(health.store_size_bytes)}
              note={storeNote(health)} />
      <Figure name="Dropped" measure={{ number: format.count(health.dropped_requests + health.requests_in_dropped_windows), unit: "" }}
              note={`requests; ${format.count(health.requests_in_dropped_windows)} of them in ${format.count(health.dropped_windows)} windows that the store did not take`} />
      <Figure name="Instances" measure={{ number: format.count(health.instance_count), unit: "" }}
              note="reporting now" />
      <Figure name="Batches to fold" measure={{ number: format.count(health.unfolded_batches), unit: "" }}
              note="written, not merged yet" />
      <Figure name="Newest window" measure={newestOf(health)} note="ago" />
      <Figure name="Lease" measure={{ number: health.lease_holder ? "Held" : "Free", unit: "" }}
              note={health.lease_holder ?? "nobody merges or judges now"} />
    </section>
  );
}

function cpuOf({ cpu_ratio: ratio }: HealthLine): format.Measure {
  return ratio === null ? { number: "–", unit: "" } : format.shareParts(ratio);
}

function storeNote({ store_kind: kind, store_max_bytes: limit }: HealthLine): string {
  return limit > 0 ? `${kind}, of at most ${format.sizeLimit(limit)}` : kind;
}

function newestOf({ newest_window_at: newest, as_of: asOf }: HealthLine): format.Measure {
  return newest === null ? { number: "–", unit: "" } : format.apart(format.age(asOf - newest));
}
