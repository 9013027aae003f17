import { useId } from "react";
import type { AlertRow, Client } from "../api/client";
import * as format from "../format";
import { ALERT_STATE_WORDS, canAct, holds, measureWords, sampleWords } from "../model/alerts";
import { AlertTimeline } from "./AlertTimeline";
import styles from "./alerts.module.css";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import { PriorityChip } from "./PriorityChip";
import { SeverityChip } from "./SeverityChip";

/** What one can do with an alert, and what one looks at. */
export interface AlertDesk {
  client: Client;
  asOf: number;
  /** Whether the visitor may act. */
  mayAct: boolean;
  chosen: ReadonlySet<string>;
  opened: string | null;
  /** The address of the endpoint that an alert is of; null where it is of none. */
  hrefFor(alert: AlertRow): string | null;
  onChoose(ids: readonly string[], isChosen: boolean): void;
  onOpen(id: string | null): void;
  onAct(act: "acknowledge" | "resolve" | "silence", alerts: readonly AlertRow[]): void;
}

/** One alert: what is the matter, how much and since when, who looks after it, and what became of it. */
export function AlertItem({ alert, desk }: { alert: AlertRow; desk: AlertDesk }) {
  const { mayAct, chosen, opened, onChoose, onOpen } = desk;
  const isOpened = opened === alert.id;
  const timeline = useId();
  const name = alert.message;
  return (
    <li className={styles.alert} data-alert={alert.id} data-state={alert.state}>
      {mayAct && (
        <input type="checkbox" aria-label={`Choose: ${name}`} checked={chosen.has(alert.id)} disabled={!holds(alert)}
               onChange={(event) => onChoose([alert.id], event.target.checked)} />
      )}
      <span className={styles.state} data-state={alert.state}>
        <StateGlyph state={alert.state} />
        <span>{ALERT_STATE_WORDS[alert.state].word}</span>
      </span>
      <div className={styles.words}>
        <p className={styles.message}>{name}</p>
        <Facts alert={alert} desk={desk} />
        <Tended alert={alert} />
      </div>
      <span className={styles.ranks}>
        <PriorityChip priority={alert.priority} />
        <SeverityChip severity={alert.severity} isOver={!holds(alert)} />
      </span>
      <span className={styles.acts}>
        {mayAct && <Acts alert={alert} desk={desk} />}
        <Button aria-expanded={isOpened} aria-controls={timeline} onClick={() => onOpen(isOpened ? null : alert.id)}>
          History
        </Button>
      </span>
      <div id={timeline} className={styles.timeline} hidden={!isOpened}>
        {isOpened && <AlertTimeline client={desk.client} alert={alert} asOf={desk.asOf} />}
      </div>
    </li>
  );
}

function Facts({ alert, desk: { asOf, hrefFor } }: { alert: AlertRow; desk: AlertDesk }) {
  const href = hrefFor(alert);
  const sample = sampleWords(alert);
  return (
    <p className={styles.facts}>
      {href ? <a href={href}>{alert.endpoint}</a> : <span>{alert.endpoint}</span>}
      <span>{measureWords(alert)}</span>
      {sample && <span>{sample}</span>}
      <span>{timeWords(alert, asOf)}</span>
      <span className={styles.rule}>{alert.rule}</span>
    </p>
  );
}

function timeWords({ began_at: began, ended_at: ended, state }: AlertRow, asOf: number): string {
  if (state === "resolved" && ended !== null) {
    return `${format.moment(began, asOf)} to ${format.moment(ended, asOf)}, ${format.age(ended - began)}`;
  }
  return `since ${format.moment(began, asOf)}, ${format.age(asOf - began)}`;
}

/** Who did what about it, where somebody did. */
function Tended({ alert: { acknowledged_by: by, state, author, reason } }: { alert: AlertRow }) {
  const because = reason && `: ${reason}`;
  if (by && state === "acknowledged") return <p className={styles.tended}>Acknowledged by {by}{author === by && because}</p>;
  if (state === "silenced" && author) return <p className={styles.tended}>Silenced by {author}{because}</p>;
  if (state === "resolved" && author) return <p className={styles.tended}>Resolved by {author}{because}</p>;
  return null;
}

function Acts({ alert, desk: { onAct } }: { alert: AlertRow; desk: AlertDesk }) {
  if (!holds(alert)) return null;
  return (
    <>
      {canAct("acknowledge", alert) && <Button onClick={() => onAct("acknowledge", [alert])}>Acknowledge</Button>}
      <Button onClick={() => onAct("resolve", [alert])}>Resolve</Button>
      {alert.state !== "silenced" && <Button onClick={() => onAct("silence", [alert])}>Silence</Button>}
    </>
  );
}
