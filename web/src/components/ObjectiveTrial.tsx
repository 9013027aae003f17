import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { BacktestAsked, Client, Objective } from "../api/client";
import { isMeant, type ObjectiveDraft, objectiveOf } from "../model/objectiveForm";
import { Refused } from "../model/refusals";
import { TRIED_DAYS } from "../model/whatif";
import { BacktestTold } from "./BacktestTold";
import { Segments } from "./Control";
import { SelectField } from "./Field";
import styles from "./form.module.css";
import { Loading } from "./Loading";
import type { Candidate } from "./ObjectiveDialog";
import objectives from "./objectives.module.css";
import { slowly, usePolled } from "./usePolled";

interface Props {
  client: Client;
  draft: ObjectiveDraft;
  taken: readonly string[];
  candidates: readonly Candidate[];
  asOf: number;
}

const WAIT_MS = 400; // while somebody types

/** What an objective would have said of one of its endpoints, before it is saved. */
export function ObjectiveTrial({ client, draft, taken, candidates, asOf }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [days, setDays] = useState(7);
  const meant = meantBy(draft, candidates);
  const endpoint = meant.find(({ id }) => id === chosen) ?? meant[0];
  const objective = triedOf(draft, taken);
  const asked = objective && endpoint ? JSON.stringify({ objective, endpoint_id: endpoint.id, days }) : null;
  const [settled] = useDebouncedValue(asked, WAIT_MS);
  const body = settled === null ? null : (JSON.parse(settled) as BacktestAsked);
  const { answer, isCurrent, error } = usePolled(() => client.backtest(body!), settled, slowly(asOf));
  return (
    <section className={`${styles.half} ${styles.tried}`} aria-label="Before you save">
      <h3>What it would have said</h3>
      {meant.length === 0 ? <p>No endpoint that was called is meant by it.</p> : (
        <>
          <SelectField label={`Of ${meant.length === 1 ? "the endpoint" : `${meant.length} endpoints`}`} value={endpoint!.id} onChange={setChosen}
                       choices={meant.map(({ id, name }) => ({ value: id, content: name }))} />
          <div className={objectives.days}>
            <span>Tried on the last</span>
            <Segments label="Tried on the last" value={days} segments={TRIED_DAYS} onChange={setDays} />
          </div>
        </>
      )}
      {objective === null && <p>A target{draft.kind === "availability" ? "" : " and a bound"} in numbers is tried at once.</p>}
      {body !== null && error !== null && <p className={objectives.refused} role="alert">{error}</p>}
      {body !== null && error === null && answer === null && <Loading rows={4} />}
      {body !== null && error === null && answer !== null && (
        <div data-waiting={!isCurrent || undefined} className={objectives.answer}>
          <BacktestTold backtest={answer} objective={body.objective} />
        </div>
      )}
    </section>
  );
}

/** The endpoints that it means, as far as any were called. */
function meantBy({ pattern, priority }: ObjectiveDraft, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((each) => (priority === null || each.priority === priority) && isMeant(pattern, each.name));
}

/** Null while a number in it is none. */
function triedOf(draft: ObjectiveDraft, taken: readonly string[]): Objective | null {
  try {
    return objectiveOf(draft, taken);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
