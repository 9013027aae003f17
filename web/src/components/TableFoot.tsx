import type { EndpointSummary } from "../api/client";
import { hasRoute, isFew, rowKind } from "../model/rows";
import { Key } from "./Control";
import styles from "./tableFoot.module.css";

/** What the table holds, what its marks mean, and its keys. */
export function TableFoot({ rows }: { rows: readonly EndpointSummary[] }) {
  const hasRough = rows.some((row) => rowKind(row) === "measured" && isFew(row));
  return (
    <footer className={styles.foot}>
      <span>{contentWords(rows)}</span>
      {hasRough && <span>“≈” and n: under 100 requests, rough</span>}
      <span className={styles.footKeys}>
        <Key>j</Key> <Key>k</Key> move <Key>Enter</Key> open <Key>s</Key> star
      </span>
    </footer>
  );
}

function contentWords(rows: readonly EndpointSummary[]): string {
  const counted = (kinds: readonly string[]) =>
    rows.filter((row) => hasRoute(row) && kinds.includes(rowKind(row))).length;
  const parts = [
    `${counted(["measured", "stream"])} called`,
    ...some(counted(["silent"]), "not in this range"),
    ...some(counted(["never-called"]), "never called"),
    ...some(counted(["not-monitored"]), "not monitored"),
  ];
  const rest = rows.some((row) => !hasRoute(row)) ? ", and requests without a route" : "";
  return parts.join(", ") + rest;
}

function some(count: number, words: string): string[] {
  return count > 0 ? [`${count} ${words}`] : [];
}
