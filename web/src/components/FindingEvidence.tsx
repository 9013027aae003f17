import type { Client, FindingDetail, FindingRow } from "../api/client";
import * as format from "../format";
import { movedName, movedWords } from "../model/findings";
import { Distributions } from "./Distributions";
import styles from "./findings.module.css";
import { Loading } from "./Loading";
import { slowly, usePolled } from "./usePolled";

/** Why it is believed: the response times before and since, and all that moved. */
export function FindingEvidence({ client, finding, asOf }: { client: Client; finding: FindingRow; asOf: number }) {
  const { answer, isCurrent, error } = usePolled(() => client.finding(finding.id), finding.id, slowly(asOf));
  return (
    <>
      <section aria-label="Before and since">
        <h3>Response times, an hour before and since</h3>
        {error !== null && <p role="alert">{error}</p>}
        {answer === null || !isCurrent ? error === null && <Loading rows={3} /> : <Both detail={answer} />}
      </section>
      <section aria-label="What moved">
        <h3>What moved with it</h3>
        {finding.moved.length === 0 ? <p>No part of the requests by itself.</p> : (
          <table className={styles.table}>
            <tbody>
              {finding.moved.map((moved) => (
                <tr key={moved.kind + moved.name}><th scope="row">{movedName(moved)}</th><td>{movedWords(moved)}</td></tr>
              ))}
            </tbody>
          </table>
        )}
        <p className={styles.sure}>Chance would make one like it on {format.share(1 - finding.confidence)} of days. Found {format.moment(finding.found_at, asOf)}.</p>
      </section>
    </>
  );
}

function Both({ detail: { before, after } }: { detail: FindingDetail }) {
  if (before.request_count === 0 || after.request_count === 0) {
    return <p>There are no requests on one of the two sides.</p>;
  }
  return <Distributions before={before} after={after} />;
}
