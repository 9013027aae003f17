// What a row of the stream says, as the table and the two-line rows show it.

import type { RequestRow } from "../api/client";
import * as format from "../format";
import { TIME_TYPE_TOKENS, TIME_TYPE_WORDS, TIME_TYPES } from "../model/overview";
import { statusClass, targetShare } from "../model/stream";
import { partsOf } from "../model/waterfall";
import { StatusGlyph, TimeTypeGlyph } from "./Glyph";
import { Duration } from "./Numbers";
import styles from "./stream.module.css";

export function Status({ status }: { status: number }) {
  const kind = statusClass(status);
  return <span className={styles.status} data-class={kind}><StatusGlyph kind={kind} />{status}</span>;
}

export function ResponseTime({ row }: { row: RequestRow }) {
  return (
    <>
      <Duration value={row.seconds} isBold={isOver(row)} />
      {isOver(row) && <span className="visually-hidden">, over its target</span>}
    </>
  );
}

/** The line in its middle is the target of the endpoint's priority. */
export function TargetBar({ row }: { row: RequestRow }) {
  return (
    <span className={styles.target} data-over={isOver(row) || undefined} aria-hidden
          title={`target ${format.duration(row.target_seconds)}`}>
      <span style={{ width: `${targetShare(row) * 100}%` }} />
    </span>
  );
}

function isOver({ seconds, target_seconds: target }: RequestRow): boolean {
  return seconds > target;
}

/** The whole bar is the request's own time, whatever that is. */
export function Breakdown({ row }: { row: RequestRow }) {
  const parts = partsOf(row).filter(({ seconds }) => seconds > 0);
  const words = parts.map(({ type, seconds }) => `${TIME_TYPE_WORDS[type]} ${format.duration(seconds)}`).join(", ");
  return (
    <span className={styles.breakdown} role="img" aria-label={words || "not split"} title={words}>
      {parts.map(({ type, seconds }) => (
        <span key={type} style={{ flexGrow: seconds / row.seconds, background: `var(--${TIME_TYPE_TOKENS[type]})` }} />
      ))}
    </span>
  );
}

/** What the colours of all breakdowns are. */
export function Legend() {
  return (
    <p className={styles.legend}>
      {TIME_TYPES.map((type) => <span key={type}><TimeTypeGlyph type={type} />{TIME_TYPE_WORDS[type]}</span>)}
    </p>
  );
}
