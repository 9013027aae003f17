import type { EndpointSummary, Settings } from "../api/client";
import * as format from "../format";
import { boundsOf, factsOf } from "../model/endpoint";
import { isFew } from "../model/rows";
import cards from "./card.module.css";
import { Meter } from "./Numbers";
import styles from "./explanation.module.css";

/** How many requests stayed within each bound of the priority, and what else the row knows. */
export function BoundsCard({ row, settings }: { row: EndpointSummary; settings: Settings }) {
  const bounds = boundsOf(row, settings);
  const title = bounds.length > 0 ? "Against its bounds" : "Counts";
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label={title}>
      <header>
        <div><h2>{title}</h2>{bounds.length > 0 && <small>share of requests within</small>}</div>
      </header>
      <div className={styles.body}>
        {bounds.length > 0 && (
          <ul className={styles.bounds}>
            {bounds.map(({ grade, label, seconds, within, isTarget }) => (
              <li key={grade} data-target={isTarget || undefined}>
                <span>{label}</span>
                <span>{format.axisDuration(seconds)}</span>
                <Meter ratio={within} />
                <span>{isFew(row) && "≈ "}{format.share(within)}</span>
              </li>
            ))}
          </ul>
        )}
        <dl className={styles.facts}>
          {factsOf(row).map(({ label, text }) => (
            <div key={label}><dt>{label}</dt><dd>{text}</dd></div>
          ))}
        </dl>
      </div>
    </section>
  );
}
