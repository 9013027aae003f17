// What the table and the cards of a fleet say alike.

import type { InstanceRow } from "../api/client";
import * as format from "../format";
import { judgingWords } from "../model/judging";
import { pauseWords } from "../model/pauses";
import styles from "./fleet.module.css";
import { StateChip } from "./StateChip";

export function LastSeen({ row, asOf }: { row: InstanceRow; asOf: number }) {
  const age = format.age(asOf - row.seen_at);
  return row.is_alive ? <span>{age} ago</span> : <StateChip state="pending">silent for {age}</StateChip>;
}

export function Judging({ row, asOf }: { row: InstanceRow; asOf: number }) {
  const words = judgingWords(row, asOf);
  return words && <span className={styles.judging}>{words}</span>;
}

export function Pausing({ row }: { row: InstanceRow }) {
  return pauseWords(row).map((words) => <span key={words} className={styles.pausing}>{words}</span>);
}

export function LastError({ row: { last_error: error } }: { row: InstanceRow }) {
  return error && <span className={styles.lastError} title={error}>Last error: {error}</span>;
}
