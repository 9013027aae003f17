import { useState } from "react";
import type { AlertRow, Client } from "../api/client";
import { silenceTime, silenceWords } from "../model/silences";
import cards from "./card.module.css";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { SilenceDialog } from "./SilenceDialog";
import styles from "./silences.module.css";
import { errorWords, usePolled } from "./usePolled";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  asOf: number;
  mayAct: boolean;
  alerts: readonly AlertRow[];
  /** Grows with each silence that is made here. */
  turn: number;
  by: By;
  /** Names of endpoints, and ids of rules and objectives, to choose from. */
  endpoints: readonly string[];
  rules: readonly string[];
  onChanged(): void;
}

/** What nobody is told of, until when and by whom; a maintenance window is one that begins later. */
export function SilencesCard({ client, asOf, mayAct, by, alerts, endpoints, rules, turn, onChanged }: Props) {
  const { answer, error, again } = usePolled(() => client.silences(), String(turn), asOf);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isPlanning, setPlanning] = useState(false);
  const messageOf = (id: string) => alerts.find((alert) => alert.id === id)?.message ?? null;
  const end = async (id: string) => {
    await client.endSilence(id).then(() => setRefusal(null), (failed: unknown) => setRefusal(errorWords(failed)));
    again();
    onChanged();
  };
  const planned = (isDone: boolean) => {
    setPlanning(false);
    if (!isDone) return;
    again();
    onChanged();
  };
  const failed = refusal ?? error;
  return (
    <section className={`${cards.card} ${styles.silences}`} aria-label="Silences">
      <header>
        <h2>Silences</h2>
        {mayAct && <Button onClick={() => setPlanning(true)} aria-label="Plan a silence">Plan</Button>}
      </header>
      {failed !== null && <p role="alert">{failed}</p>}
      {answer === null && error === null && <Loading rows={2} />}
      {answer?.length === 0 && (
        <p>None. {mayAct ? "“Silence” beside an alert" : "An operator"} keeps it from telling people for a while; it is judged and shown all the same.</p>
      )}
      <ul>
        {answer?.map((silence) => (
          <li key={silence.id} data-silence={silence.id}>
            <StateGlyph state={silence.is_active ? "silenced" : "pending"} size={12} />
            <div>
              <strong>{silenceWords(silence, messageOf)}</strong>
              <span>{silenceTime(silence, asOf)}</span>
              <span>by {silence.author}{silence.reason && `: ${silence.reason}`}</span>
            </div>
            {mayAct && <Button onClick={() => void end(silence.id)} aria-label={`End the silence of ${silenceWords(silence, messageOf)}`}>End</Button>}
          </li>
        ))}
      </ul>
      <SilenceDialog {...{ client, by, endpoints, rules }} isOpen={isPlanning} onClose={planned} />
    </section>
  );
}
