import { useState } from "react";
import { waitsPicture } from "../charts/picture";
import * as format from "../format";
import { TIME_TYPE_TOKENS, TIME_TYPE_WORDS, TIME_TYPES, type TimeType, type Wait } from "../model/overview";
import type { Span } from "../model/ranges";
import { hasRoute, nameOf } from "../model/rows";
import cards from "./card.module.css";
import { ChartMenu } from "./ChartMenu";
import { PriorityGlyph, TimeTypeGlyph } from "./Glyph";
import { Template } from "./Template";
import styles from "./offenders.module.css";
import { WaitTable } from "./WaitTable";

const ROOM = 34; // characters of a template

const colourOf = (type: TimeType) => `var(--${TIME_TYPE_TOKENS[type]})`;

interface Props {
  waits: readonly Wait[];
  /** [start, end) in Unix seconds that the shares are of. */
  span: Span;
  csv: string;
  json: string;
  hrefFor(endpointId: string): string;
}

/** Where users wait: the longest bar is full, the others are to its scale. */
export function LongestWaits({ waits, span, csv, json, hrefFor }: Props) {
  const [isTableView, setTableView] = useState(false);
  const picture = waits.length > 0 ? () => waitsPicture(waits, span) : null;
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Where users wait">
      <header>
        <div><h2>Where users wait</h2><small>share of all response time</small></div>
        <ChartMenu name="Where users wait" view={{ isTableView, onView: setTableView }}
                   exports={{ csv, json, picture }} />
      </header>
      {isTableView ? <WaitTable waits={waits} /> : <Bars waits={waits} hrefFor={hrefFor} />}
    </section>
  );
}

function Bars({ waits, hrefFor }: Pick<Props, "waits" | "hrefFor">) {
  const longest = waits[0]?.shareOfTime ?? 1;
  return (
    <>
      <ul>
        {waits.map(({ row, shareOfTime, parts }) => (
          <li key={row.id}>
            {hasRoute(row) ? <PriorityGlyph priority={row.priority} size={11} /> : <span />}
            <a href={hrefFor(row.id)}><Template method={row.method} template={row.template} room={ROOM} /></a>
            <span className={styles.bar} role="img" aria-label={partsInWords(nameOf(row), parts)}>
              {parts.map((part) => (
                <span key={part.type} style={{
                  width: `${(part.shareOfTime / longest) * 100}%`, background: colourOf(part.type),
                }} />
              ))}
            </span>
            <span className={styles.number}>{format.share(shareOfTime)}</span>
          </li>
        ))}
      </ul>
      <footer>
        {TIME_TYPES.map((type) => (
          <span key={type}><TimeTypeGlyph type={type} />{TIME_TYPE_WORDS[type]}</span>
        ))}
      </footer>
    </>
  );
}

function partsInWords(name: string, parts: Wait["parts"]): string {
  const words = parts.map(({ type, shareOfTime }) => `${TIME_TYPE_WORDS[type]} ${format.share(shareOfTime)}`);
  return `${name}: ${words.join(", ") || "not split"}`;
}
