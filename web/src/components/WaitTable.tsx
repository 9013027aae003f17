import * as format from "../format";
import { TIME_TYPE_WORDS, TIME_TYPES, type Wait } from "../model/overview";
import { nameOf } from "../model/rows";
import styles from "./offenders.module.css";

/** Where users wait, in numbers: each part as a share of all response time. */
export function WaitTable({ waits }: { waits: readonly Wait[] }) {
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Where users wait, as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">Share</th>
            {TIME_TYPES.map((type) => <th key={type} scope="col">{TIME_TYPE_WORDS[type]}</th>)}
          </tr>
        </thead>
        <tbody>
          {waits.map((wait) => (
            <tr key={wait.row.id}>
              <th scope="row">{nameOf(wait.row)}</th>
              <td>{format.share(wait.shareOfTime)}</td>
              {TIME_TYPES.map((type) => <td key={type}>{shareOf(wait, type)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shareOf({ parts }: Wait, type: Wait["parts"][number]["type"]): string {
  return format.share(parts.find((part) => part.type === type)?.shareOfTime ?? 0);
}
