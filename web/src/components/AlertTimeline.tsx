import type { AlertRow, AlertHistory, Client } from "../api/client";
import * as format from "../format";
import { ALERT_STATE_WORDS, valueText } from "../model/alerts";
import styles from "./alerts.module.css";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { usePolled } from "./usePolled";

type Transition = AlertHistory["transitions"][number];

/** What became of an alert in thirty days, the newest first, and who did what about it. */
export function AlertTimeline({ client, alert, asOf }: { client: Client; alert: AlertRow; asOf: number }) {
  const { answer, error } = usePolled(() => client.alertHistory(alert.id), alert.id, asOf);
  if (answer === null) return error === null ? <Loading rows={3} /> : <p role="alert">{error}</p>;
  const newest = [...answer.transitions].reverse();
  return (
    <ol aria-label="History, the newest first">
      {newest.map((step) => (
        <li key={`${step.is_command} ${step.id}`}>
          <time dateTime={new Date(step.at * 1000).toISOString()}>{format.day(step.at)} {format.clock(step.at, true)}</time>
          <StateGlyph state={step.state} size={12} />
          <span>{ALERT_STATE_WORDS[step.state].word}</span>
          <span>{valueText(step.current_value, alert.unit)}</span>
          <span className={styles.why}>{whyOf(step)}</span>
        </li>
      ))}
    </ol>
  );
}

function whyOf({ author, reason, is_command: isCommand }: Transition): string {
  const words = [author && `by ${author}`, reason].filter(Boolean).join(": ");
  return isCommand ? `${words} (the judge takes it in its next round)` : words;
}
