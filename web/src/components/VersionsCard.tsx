import type { Client, Question, VersionPage, VersionRow } from "../api/client";
import * as format from "../format";
import { pointsChange, ratioChange } from "../model/comparison";
import cards from "./card.module.css";
import { ChangeText } from "./ChangeText";
import { Duration, ErrorShare, Rate } from "./Numbers";
import styles from "./operations.module.css";
import { usePolled } from "./usePolled";
import tables from "./versions.module.css";

interface Props {
  client: Client;
  question: Question;
  asOf: number;
}

const COLUMNS = ["Version", "Since", "Requests", "Rate", "p50", "p95", "p99", "Errors"] as const;

/** What each version made of an endpoint; nothing where one alone served it, for there is nothing to compare. */
export function VersionsCard({ client, question, asOf }: Props) {
  const { endpointId, windowSeconds, span, traffic } = question;
  const key = JSON.stringify([endpointId, windowSeconds, span, traffic]);
  const { answer } = usePolled(() => client.versions(question), key, asOf);
  if (answer === null || answer.endpoint_id !== endpointId || answer.versions.length < 2) return null;
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Versions">
      <header><div><h2>Versions side by side</h2><small>each while it served requests of this range</small></div></header>
      <div className={styles.wide} tabIndex={0} role="region" aria-label="Versions, as a table">
        <table className={tables.table}>
          <thead><tr>{COLUMNS.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {answer.versions.map((row) => <Row key={row.version} row={row} asOf={answer.as_of} />)}
            <Changed page={answer} />
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row, asOf }: { row: VersionRow; asOf: number }) {
  const { response_time: times } = row;
  const isChance = (name: string) => times.unsupported.includes(name);
  return (
    <tr>
      <th scope="row"><code>{row.version}</code></th>
      <td>{format.moment(row.deployed_at ?? row.first_at, asOf)}</td>
      <td>{format.count(row.request_count)}</td>
      <td><Rate value={row.rate_per_second} /></td>
      <td><Duration value={times.p50_seconds} isRough={isChance("p50")} /></td>
      <td><Duration value={times.p95_seconds} isRough={isChance("p95")} /></td>
      <td><Duration value={times.p99_seconds} isRough={isChance("p99")} /></td>
      <td><ErrorShare value={row.error_ratio} /></td>
    </tr>
  );
}

function Changed({ page: { change } }: { page: VersionPage }) {
  if (change === null) return null;
  return (
    <tr data-changed>
      <th scope="row">against {change.previous}</th>
      <td />
      <td />
      <td><ChangeText change={ratioChange(change.rate_change_ratio, false)} /></td>
      <td><ChangeText change={ratioChange(change.p50_change_ratio, true)} /></td>
      <td><ChangeText change={ratioChange(change.p95_change_ratio, true)} /></td>
      <td><ChangeText change={ratioChange(change.p99_change_ratio, true)} /></td>
      <td><ChangeText change={pointsChange(change.error_ratio_change)} /></td>
    </tr>
  );
}
