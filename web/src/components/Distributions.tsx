import type { Distribution } from "../api/client";
import { useWidth } from "../charts/useWidth";
import * as format from "../format";
import styles from "./findings.module.css";

interface Props {
  before: Distribution;
  after: Distribution;
}

const HEIGHT = 88;
const EDGE = 2;

/** Two distributions over the same bounds: what was as grey bars, what is as a line of steps. */
export function Distributions({ before, after }: Props) {
  const [box, width] = useWidth();
  const highest = Math.max(...before.shares, ...after.shares, 0.01);
  const bar = width / Math.max(1, after.shares.length);
  const y = (share: number) => HEIGHT - EDGE - (share / highest) * (HEIGHT - 2 * EDGE);
  const line = after.shares.map((share, index) => `${index === 0 ? "M" : "L"}${(index * bar).toFixed(1)} ${y(share).toFixed(1)}h${bar.toFixed(1)}`).join("");
  const bounds = after.bounds;
  return (
    <div ref={box} className={styles.distributions}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img"
             aria-label={`Before: p50 ${format.duration(before.p50_seconds)}, p95 ${format.duration(before.p95_seconds)}. Since: p50 ${format.duration(after.p50_seconds)}, p95 ${format.duration(after.p95_seconds)}.`}>
          {before.shares.map((share, index) => (
            <rect key={bounds[index]} x={index * bar} y={y(share)} width={Math.max(1, bar - 1)} height={Math.max(0, HEIGHT - EDGE - y(share))} />
          ))}
          <path d={line} fill="none" />
        </svg>
      )}
      <p aria-hidden><span>{format.axisDuration(bounds[0] ?? 0)}</span><span>{format.axisDuration(bounds.at(-1) ?? 0)}</span></p>
      <table className={styles.table}>
        <thead><tr><th scope="col" /><th scope="col">p50</th><th scope="col">p95</th><th scope="col">Requests</th></tr></thead>
        <tbody>
          <Row name="Before" kind="before" of={before} />
          <Row name="Since" kind="after" of={after} />
        </tbody>
      </table>
    </div>
  );
}

function Row({ name, kind, of }: { name: string; kind: string; of: Distribution }) {
  return (
    <tr>
      <th scope="row"><i data-kind={kind} />{name}</th>
      <td>{format.duration(of.p50_seconds)}</td>
      <td>{format.duration(of.p95_seconds)}</td>
      <td>{format.count(of.request_count)}</td>
    </tr>
  );
}
