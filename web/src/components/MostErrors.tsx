import type { EndpointSummary } from "../api/client";
import * as format from "../format";
import { hasRoute } from "../model/rows";
import cards from "./card.module.css";
import { ChartMenu } from "./ChartMenu";
import { PriorityGlyph } from "./Glyph";
import { Template } from "./Template";
import styles from "./mostErrors.module.css";

const ROOM = 30; // characters of a template

interface Props {
  csv: string;
  json: string;
  rows: readonly EndpointSummary[];
  hrefFor(endpointId: string): string;
}

export function MostErrors({ rows, csv, json, hrefFor }: Props) {
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Most errors">
      <header><h2>Most errors</h2><ChartMenu name="Most errors" exports={{ csv, json }} /></header>
      {rows.length === 0 && <p>No request failed in this range.</p>}
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            {hasRoute(row) ? <PriorityGlyph priority={row.priority} size={11} /> : <span />}
            <a href={hrefFor(row.id)}><Template method={row.method} template={row.template} room={ROOM} /></a>
            <span>{format.count(row.error_count)} of {format.count(row.request_count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
