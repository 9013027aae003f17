import type { Advice } from "../api/client";
import * as format from "../format";
import { savedWords, savingOf } from "../model/advice";
import styles from "./advice.module.css";

/** The mean response time now (grey tick), as expected (blue tick), and the interval about that (blue band). */
export function SavingBar({ advice }: { advice: Advice }) {
  const saving = savingOf(advice);
  if (saving === null) return <p className={styles.noSaving}>What it saves is of all endpoints, or of their failures.</p>;
  const { now, expected, low, high } = saving;
  const at = (seconds: number) => `${(seconds / now) * 96}%`; // the grey tick stays within the bar
  const { mean, interval } = savedWords(saving);
  return (
    <div className={styles.saving}>
      <p>
        <strong>{mean}</strong> <span>mean, {interval}</span>
        <span className={styles.nowAndThen}>{format.duration(now)} → {format.duration(expected)}</span>
      </p>
      <div className={styles.bar} aria-hidden>
        <span className={styles.left} style={{ width: at(expected) }} />
        <span className={styles.band} style={{ left: at(low), width: `${((high - low) / now) * 96}%` }} />
        <span className={styles.expected} style={{ left: at(expected) }} />
        <span className={styles.now} style={{ left: at(now) }} />
      </div>
    </div>
  );
}
