import type { Backtest, Objective } from "../api/client";
import * as format from "../format";
import { burnWords } from "../model/objectives";
import { backtestWords } from "../model/whatif";
import { BudgetLine } from "./BudgetLine";
import { StateGlyph } from "./Glyph";
import styles from "./objectives.module.css";
import { SeverityChip } from "./SeverityChip";

const MOST_RAISED = 10;

/** What an objective would have said: how much was kept, its budget line, and whom it would have alerted when. */
export function BacktestTold({ backtest, objective }: { backtest: Backtest; objective: Objective }) {
  const { times, left_ratio: leftRatio, start, end, alerts, never_fires: never } = backtest;
  return (
    <>
      <p role="status">{backtestWords(backtest, objective)}</p>
      {never && <p className={styles.never}><StateGlyph state="unjudged" size={12} />{never}</p>}
      {times.length > 0 && <BudgetLine {...{ times, leftRatio, start, end }} label="Budget left if this objective had held" />}
      {alerts.length > 0 && (
        <ol className={styles.raised} aria-label="Alerts it would have raised, the newest first">
          {[...alerts].reverse().slice(0, MOST_RAISED).map((raised) => (
            <li key={raised.start}>
              <SeverityChip severity={raised.severity} />
              <span>{format.day(raised.start)} {format.clock(raised.start)}, {format.age(raised.end - raised.start)}</span>
              <span>burn {burnWords(raised.burn_rate)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
