import type { Client } from "../api/client";
import type { Goal } from "../model/objectives";
import { BudgetLine } from "./BudgetLine";
import { Loading } from "./Loading";
import styles from "./objectives.module.css";
import { slowly, usePolled } from "./usePolled";

/** What was left of the budget, hour by hour of the objective's period. */
export function BudgetPast({ client, goal: { id, row, objective }, asOf }: { client: Client; goal: Goal; asOf: number }) {
  const { answer, isCurrent, error } = usePolled(() => client.budget(row.objective_id, row.endpoint_id), id, slowly(asOf));
  return (
    <section aria-label="Budget">
      <h3>Budget of {objective.period_days} days</h3>
      {error !== null && <p className={styles.refused} role="alert">{error}</p>}
      {answer === null || !isCurrent ? error === null && <Loading rows={3} /> : (
        <BudgetLine times={answer.times} leftRatio={answer.left_ratio} start={answer.start} end={answer.end} label="Budget left over time" />
      )}
    </section>
  );
}
