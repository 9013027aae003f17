import type { AlertPage, Client, ObjectivePage, Settings } from "../api/client";
import * as format from "../format";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "../model/address";
import { ALERT_STATE_WORDS, alertsSentence, lastHour } from "../model/alerts";
import { goalsOf, leftWords, promiseWords, worstGoals } from "../model/objectives";
import styles from "./alertsCard.module.css";
import cards from "./card.module.css";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { useIsJudged } from "./useIsJudged";
import { slowly, usePolled } from "./usePolled";

const MOST_ALERTS = 50; // those that need somebody come first

interface Props {
  client: Client;
  address: Address;
  settings: Settings;
  asOf: number;
}

/** On the Overview: what fires, what became of alerts in the last hour, and the least budgets. */
export function AlertsCard({ client, address, settings, asOf }: Props) {
  const { search, priority } = address.traffic;
  const asked = { search, priority, states: [], limit: MOST_ALERTS };
  const alerts = usePolled(() => client.alerts(asked), settings.enable_alerts ? JSON.stringify(asked) : null, asOf);
  const objectives = usePolled(() => client.objectives(address.traffic), JSON.stringify(address.traffic), slowly(asOf));
  const isJudged = useIsJudged(client, asOf);
  const error = alerts.error ?? objectives.error;
  const hrefFor = (screen: "alerts" | "objectives", opened: string | null = null) =>
    formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen, opened });
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Alerts and objectives">
      <header><h2>Alerts and objectives</h2><a href={hrefFor("alerts")}>All alerts</a></header>
      {error !== null && <p role="alert">{error}</p>}
      {settings.enable_alerts ? alerts.answer ? <Alerts page={alerts.answer} isJudged={isJudged} hrefFor={(id) => hrefFor("alerts", id)} />
        : error === null && <Loading rows={3} /> : <p>The settings switch alerts off: dashboard_config.enable_alerts.</p>}
      {objectives.answer && <Budgets page={objectives.answer} hrefFor={(id) => hrefFor("objectives", id)} />}
      <footer><a href={hrefFor("objectives")}>All objectives</a></footer>
    </section>
  );
}

interface PartProps<Page> {
  page: Page;
  hrefFor(id: string): string;
}

function Alerts({ page, isJudged, hrefFor }: PartProps<AlertPage> & { isJudged: boolean | null }) {
  const sentence = alertsSentence(page, isJudged);
  const lately = lastHour(page);
  return (
    <>
      <p className={styles.sentence}><StateGlyph state={sentence.state} size={12} />{sentence.title}</p>
      {lately.length > 0 && <ul aria-label="Alerts of the last hour">
        {lately.map((alert) => (
          <li key={alert.id}>
            <StateGlyph state={alert.state} size={12} />
            <a href={hrefFor(alert.id)} title={alert.message}>{alert.endpoint} <small>{alert.rule}</small></a>
            <span>{ALERT_STATE_WORDS[alert.state].word} {format.clock(alert.at)}</span>
          </li>
        ))}
      </ul>}
    </>
  );
}

function Budgets({ page, hrefFor }: PartProps<ObjectivePage>) {
  const goals = worstGoals(goalsOf(page));
  if (goals.length === 0) return <p>Every objective is kept.</p>;
  return (
    <ul aria-label="Objectives that need watching">
      {goals.map(({ id, row, objective, standing }) => (
        <li key={id}>
          <StateGlyph state={standing.state} size={12} />
          <a href={hrefFor(id)} title={`${row.endpoint}: ${promiseWords(objective)}`}>{row.endpoint} <small>{promiseWords(objective)}</small></a>
          <span>{leftWords(row.budget_left_ratio)}</span>
        </li>
      ))}
    </ul>
  );
}
