import { useState } from "react";
import { Donut } from "../charts/Donut";
import { splitPicture } from "../charts/picture";
import type { Split } from "../model/split";
import cards from "./card.module.css";
import type { ChartLook } from "./ChartCard";
import { ChartMenu } from "./ChartMenu";
import { Empty } from "./Empty";
import styles from "./explanation.module.css";
import { TimeTypeGlyph } from "./Glyph";

interface Props {
  split: Split | null;
  csv: string;
  json: string;
  look: ChartLook;
}

/** Where the time goes: a ring, and beside it the same in numbers. */
export function SplitCard({ split, csv, json, look }: Props) {
  const [isTableView, setTableView] = useState(false);
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Where the time goes">
      <header>
        <div><h2>Where the time goes</h2><small>mean of a request</small></div>
        <ChartMenu name="Where the time goes" view={{ isTableView, onView: setTableView }}
                   exports={{ csv, json, picture: split && (() => splitPicture(split)) }} />
      </header>
      {split === null ? (
        <Empty title="No request in this range">
          Each request's time is split by what it waits for, as soon as there is one.
        </Empty>
      ) : (
        <>
          <div className={styles.split} data-table={isTableView || undefined}>
            {!isTableView && <Donut split={split} isStale={look.isStale} theme={look.theme} />}
            <SplitTable split={split} />
          </div>
          {isAllProcessing(split) && <Hint />}
        </>
      )}
    </section>
  );
}

function SplitTable({ split }: { split: Split }) {
  return (
    <table className={styles.parts}>
      <caption className="visually-hidden">Where the time of {split.of} goes</caption>
      <tbody>
        {split.parts.map(({ type, label, text, share, seconds }) => (
          <tr key={type} data-none={seconds === 0 || undefined}>
            <th scope="row"><TimeTypeGlyph type={type} />{label}</th>
            <td>{text}</td>
            <td>{seconds === 0 ? "" : share}</td>
          </tr>
        ))}
        <tr>
          <th scope="row"><i />Total</th>
          <td>{split.total}</td>
          <td>{"100\u00a0%"}</td>
        </tr>
      </tbody>
    </table>
  );
}

function isAllProcessing({ parts }: Split): boolean {
  return parts.every(({ type, seconds }) => type === "processing" || type === "network" || seconds === 0);
}

function Hint() {
  return (
    <p className={styles.hint}>
      Waits for a database, a cache or another service count as processing until they are told
      apart: <code>with track_latency(LatencyType.DATABASE):</code>
    </p>
  );
}
