import { useState } from "react";
import type { AlertRow } from "../api/client";
import * as format from "../format";
import { capitalised, type Chain, foldedAlerts, holds, isSingle, stateCounts } from "../model/alerts";
import { type AlertDesk, AlertItem } from "./AlertItem";
import styles from "./alerts.module.css";
import cards from "./card.module.css";
import { FoldButton } from "./FoldButton";
import { StateGlyph } from "./Glyph";

/** Alerts with one cause: the cause and why it is believed, the alert that explains the others, and those. */
export function IncidentCard({ chain, desk }: { chain: Chain; desk: AlertDesk }) {
  const { incident, alerts, leftOut } = chain;
  const [root, ...dependents] = alerts;
  if (!root) return null;
  const isCauseAlert = incident.alerts[0] === root.id;
  return (
    <section className={cards.card} aria-label={`Incident: ${incident.cause}`} data-incident={incident.id}>
      <Cause chain={chain} desk={desk} />
      <ul className={styles.chain}>
        <AlertItem alert={root} desk={desk} />
        {dependents.length > 0 && (
          <li className={styles.dependents}>
            <p>{isCauseAlert ? "It goes with" : "With"} {dependents.length === 1 ? "another alert" : `${dependents.length} other alerts`}:</p>
            <Dependents alerts={dependents} desk={desk} />
          </li>
        )}
      </ul>
      {leftOut > 0 && <p className={styles.leftOut}>{leftOut} more of this incident left out by the filters.</p>}
    </section>
  );
}

/** The first few; the rest waits to be unfolded, for a storm is one incident of many alerts. */
function Dependents({ alerts, desk }: { alerts: readonly AlertRow[]; desk: AlertDesk }) {
  const [isWhole, setWhole] = useState(false);
  const { shown, rest } = foldedAlerts(alerts, desk.opened);
  return (
    <>
      <ul>{(isWhole ? alerts : shown).map((alert) => <AlertItem key={alert.id} alert={alert} desk={desk} />)}</ul>
      {rest.length > 0 && (
        <FoldButton isOpen={isWhole} folded={`${rest.length} more: ${stateCounts(rest)}`} open="Fold them" onToggle={setWhole} />
      )}
    </>
  );
}

function Cause({ chain, desk }: { chain: Chain; desk: AlertDesk }) {
  const { incident: { cause, state, began_at: began }, alerts, evidence } = chain;
  const [root] = alerts;
  const isOwnMessage = cause === root?.message;
  if (isSingle(chain) && isOwnMessage) return null;
  const own = alerts.filter(holds).map(({ id }) => id);
  return (
    <header className={styles.cause}>
      {desk.mayAct && own.length > 1 && (
        <input type="checkbox" aria-label="Choose all of this incident" checked={own.every((id) => desk.chosen.has(id))}
               onChange={(event) => desk.onChoose(own, event.target.checked)} />
      )}
      <StateGlyph state={state} />
      <div>
        <h2><small>Likely cause</small>{isOwnMessage ? "What the first alert tells of" : capitalised(cause)}</h2>
        {evidence.length > 0 && <ul>{evidence.map((sentence) => <li key={sentence}>{capitalised(sentence)}</li>)}</ul>}
      </div>
      <span>since {format.moment(began, desk.asOf)}</span>
    </header>
  );
}
