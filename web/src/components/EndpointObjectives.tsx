import type { Client, EndpointSummary } from "../api/client";
import * as format from "../format";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "../model/address";
import { endWords, type Goal, goalsOf, leftWords, paceWords, promiseWords } from "../model/objectives";
import { trafficOf } from "../model/traffic";
import cards from "./card.module.css";
import styles from "./endpointObjectives.module.css";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { BudgetMeter } from "./ObjectiveTable";
import { slowly, usePolled } from "./usePolled";

interface Props {
  client: Client;
  address: Address;
  endpoint: EndpointSummary;
  asOf: number;
}

/** What was promised of an endpoint, how much of each budget is left, and when it ends. */
export function EndpointObjectives({ client, address, endpoint, asOf }: Props) {
  const { answer, isCurrent, error } = usePolled(() => client.objectives(trafficOf(endpoint)), endpoint.id, slowly(asOf));
  const goals = answer && isCurrent ? goalsOf(answer).filter(({ row }) => row.endpoint_id === endpoint.id) : null;
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Objectives">
      <header><h2>Objectives</h2></header>
      {error !== null && <p role="alert">{error}</p>}
      {goals === null && error === null && <Loading rows={2} />}
      {goals?.length === 0 && <p>None holds for it: objectives are of HTTP requests that a route took.</p>}
      {goals?.map((goal) => (
        <One key={goal.id} goal={goal} asOf={answer!.as_of}
             href={formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen: "objectives", opened: goal.id })} />
      ))}
    </section>
  );
}

function One({ goal: { row, objective, standing }, asOf, href }: { goal: Goal; asOf: number; href: string }) {
  return (
    <div className={styles.one}>
      <p>
        <StateGlyph state={standing.state} size={12} />
        <a href={href}>{promiseWords(objective)}</a>
        <span data-state={standing.state}>{standing.word}{row.good_ratio !== null && `, ${format.errorShare(row.good_ratio)}`}</span>
      </p>
      <BudgetMeter left={row.budget_left_ratio} state={standing.state} />
      <p>
        <small data-gone={(row.budget_left_ratio ?? 1) <= 0 || undefined}>{leftWords(row.budget_left_ratio)}</small>
        <small>{paceWords(row)}</small>
      </p>
      {row.exhaustion && (row.budget_left_ratio ?? 1) > 0 && <small>Budget ends: {endWords(row, asOf)}</small>}
    </div>
  );
}
