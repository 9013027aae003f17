import { useState } from "react";
import type { Client, FindingPage } from "../api/client";
import cards from "./card.module.css";
import { FindingItem } from "./FindingItem";
import styles from "./findings.module.css";
import { Loading } from "./Loading";

const MOST_SHOWN = 3;

interface Props {
  client: Client;
  page: FindingPage | null;
  /** Where an endpoint is shown; none on the page of the endpoint itself. */
  hrefFor?: (endpointId: string) => string;
}

/** What changed: what lasts, and the newest of what is over; nothing where nothing did. */
export function EndpointFindings({ client, page, hrefFor }: Props) {
  const [opened, setOpened] = useState<string | null>(null);
  if (page === null || page.findings.length === 0) return null;
  const rest = page.total - MOST_SHOWN;
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="What changed">
      <header><h2>What changed{rest > 0 && <small>{rest} more on the screen Trends</small>}</h2></header>
      <ul className={styles.list}>
        {page.findings.slice(0, MOST_SHOWN).map((finding) => (
          <FindingItem key={finding.id} {...{ client, finding }} asOf={page.as_of} href={hrefFor?.(finding.endpoint_id) ?? null}
                       isOpened={opened === finding.id} onOpen={setOpened} />
        ))}
      </ul>
    </section>
  );
}

interface NoneProps {
  /** Null while it is awaited. */
  page: FindingPage | null;
  error: string | null;
}

/** Says that nothing changed, or why nothing is known; nothing where something did. */
export function NothingChanged({ page, error }: NoneProps) {
  if (page !== null && page.findings.length > 0) return null;
  return (
    <section className={`${cards.card} ${styles.none}`} aria-label="What changed">
      <h2>What changed</h2>
      {error !== null ? <p role="alert">{error}</p> : page === null ? <Loading rows={2} /> : <p>{noneWords(page)}</p>}
    </section>
  );
}

function noneWords({ reason }: FindingPage): string {
  if (reason) return `Nothing looks for changes here: ${reason}.`;
  return "Nothing: neither slower nor faster, and no more errors than it used to have. A new endpoint is learned for two days first.";
}
