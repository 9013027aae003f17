// Health: what measuring costs, and whether anything was lost.

import type { Client, HealthLine } from "../api/client";
import type { FeedState } from "../api/feed";
import cards from "../components/card.module.css";
import { ErrorState } from "../components/ErrorState";
import { Figure } from "../components/Figures";
import figures from "../components/figures.module.css";
import { Fleet } from "../components/Fleet";
import { Headline } from "../components/Headline";
import { Kept } from "../components/Kept";
import { Loading } from "../components/Loading";
import type { ChangeAddress } from "../components/useAddress";
import { useInstances } from "../components/useInstances";
import * as format from "../format";
import type { Address } from "../model/address";
import { healthSentence, poolWords } from "../model/health";
import { toggled, type Traffic } from "../model/traffic";
import styles from "./pages.module.css";

interface Props {
  client: Client;
  address: Address;
  change: ChangeAddress;
  feed: FeedState;
  tryNow(): void;
}

export function HealthPage({ client, address, change, feed, tryNow }: Props) {
  const { answer, nextTryAt } = feed;
  const instances = useInstances(client, anyInstance(address.traffic), feed.receivedAt);
  const error = feed.error ?? instances.error;
  return (
    <div className={styles.stack}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={nextTryAt} onTryNow={tryNow} />
      )}
      {answer && (
        <Kept isStale={error !== null} className={styles.stack}>
          <Headline sentence={healthSentence(answer.health)} />
          <Facts health={answer.health} />
        </Kept>
      )}
      {answer && instances.rows ? (
        <Fleet rows={instances.rows} asOf={answer.as_of} look={address.fleet}
               chosen={address.traffic.lists.instance}
               onLook={(fleet) => change({ fleet })}
               onToggle={(id) => change({ traffic: toggled(address.traffic, "instance", id) }, true)} />
      ) : (
        error === null && <section className={cards.card}><Loading rows={6} /></section>
      )}
    </div>
  );
}

/** Who chose some processes still sees the others, to choose between. */
function anyInstance(traffic: Traffic): Traffic {
  return { ...traffic, lists: { ...traffic.lists, instance: [] } };
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
              note={droppedNote(health)} />
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

function droppedNote({ requests_in_dropped_windows: requests, dropped_windows: windows }: HealthLine): string {
  if (windows === 0) return "requests";
  return `requests; ${format.count(requests)} of them in ${format.count(windows)} windows that the store did not take`;
}

function cpuOf({ cpu_ratio: ratio }: HealthLine): format.Measure {
  return ratio === null ? { number: "–", unit: "" } : format.shareParts(ratio);
}

function storeNote(health: HealthLine): string {
  const { store_kind: kind, store_max_bytes: limit } = health;
  const pool = poolWords(health);
  return (limit > 0 ? `${kind}, of at most ${format.sizeLimit(limit)}` : kind) + (pool && `; ${pool}`);
}

function newestOf({ newest_window_at: newest, as_of: asOf }: HealthLine): format.Measure {
  return newest === null ? { number: "–", unit: "" } : format.apart(format.age(asOf - newest));
}
