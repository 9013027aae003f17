import { useCallback } from "react";
import type { Client, ExemplarPage, Exemplar, Question } from "../api/client";
import * as format from "../format";
import { TIME_TYPE_TOKENS, TIME_TYPE_WORDS } from "../model/overview";
import {
  type Chosen, type Lane, type WaterfallRow, chosenOf, partsOf, ticksOf, waterfallOf,
} from "../model/waterfall";
import cards from "./card.module.css";
import { ChartMenu } from "./ChartMenu";
import { Empty } from "./Empty";
import type { Files } from "./EndpointCharts";
import { TimeTypeGlyph } from "./Glyph";
import { Loading } from "./Loading";
import styles from "./requests.module.css";
import { useAsked } from "./useAsked";

interface Props extends Files {
  client: Client;
  question: Question;
  asOf: number;
}

/** A usual request beside a slow one, step by step. */
export function RequestsCard({ client, question, asOf, csv, json }: Props) {
  const ask = useCallback((asked: Question) => client.exemplars(asked), [client]);
  const { answer, error } = useAsked(ask, question, asOf);
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Typical requests">
      <header>
        <div><h2>Typical requests</h2><small>{noteOf(answer)}</small></div>
        <ChartMenu name="Typical requests" exports={{ csv, json }} />
      </header>
      {answer ? <Requests page={answer} /> : error === null ? <Loading rows={6} /> : <p>{error}. It is asked again with the next answer.</p>}
    </section>
  );
}

function noteOf(page: ExemplarPage | null): string {
  const chosen = page ? chosenOf(page) : [];
  if (chosen.length < 2) return "step by step";
  const [first, last] = chosen as [Chosen, Chosen];
  const words = (label: string) => (label.startsWith("p") ? `one near ${label}` : `the ${label}`);
  return `${words(first.label)} beside ${words(last.label)}; one millisecond is equally wide in both`;
}

function Requests({ page }: { page: ExemplarPage }) {
  const chosen = chosenOf(page);
  if (chosen.length === 0) {
    return (
      <Empty title="No request kept of this range">
        The slowest and a typical request of every five minutes are kept, with all that they called.
      </Empty>
    );
  }
  const widths = chosen.map(({ exemplar }) => exemplar.seconds);
  const longest = Math.max(...widths);
  const columns = ["minmax(180px, 1.7fr)", ...widths.map((each) => `76px minmax(40px, ${Math.max(each / longest, 0.08) * 2}fr)`)].join(" ");
  return (
    <div className={styles.wide} tabIndex={0} role="region" aria-label="Typical requests, step by step">
      <div className={styles.grid} role="table" style={{ gridTemplateColumns: columns }}>
        <Heads chosen={chosen} />
        {waterfallOf(chosen.map(({ exemplar }) => exemplar)).map((row) => (
          <Row key={row.key} row={row} widths={widths} />
        ))}
        <Total chosen={chosen} />
      </div>
    </div>
  );
}

function Heads({ chosen }: { chosen: Chosen[] }) {
  const longest = Math.max(...chosen.map(({ exemplar }) => exemplar.seconds));
  return (
    <div className={styles.row} role="row">
      <span role="columnheader">Step, in order</span>
      {chosen.map(({ label, exemplar }) => (
        <HeadOf key={label} label={label} exemplar={exemplar} share={exemplar.seconds / longest} />
      ))}
    </div>
  );
}

function HeadOf({ label, exemplar, share }: { label: string; exemplar: Exemplar; share: number }) {
  return (
    <>
      <strong role="columnheader" title={titleOf(exemplar)}>{label}</strong>
      <span className={styles.axis} role="presentation">
        {ticksOf(exemplar.seconds, share).map((at) => (
          <span key={at} style={{ left: `${(at / exemplar.seconds) * 100}%` }}>{at === 0 ? "0" : format.axisDuration(at)}</span>
        ))}
      </span>
    </>
  );
}

function titleOf({ ended_at, status, trace_id }: Exemplar): string {
  return [`at ${format.clock(ended_at, true)}, status ${status}`, trace_id && `trace ${trace_id}`].filter(Boolean).join("\n");
}

function Row({ row, widths }: { row: WaterfallRow; widths: number[] }) {
  return (
    <div className={styles.row} role="row" data-inside={row.isInside || undefined}>
      <span role="rowheader" title={[row.text, row.source].filter(Boolean).join("\n")}>
        <TimeTypeGlyph type={row.type} />
        <code>{row.text}</code>
        {row.hasFailed && <b>failed</b>}
      </span>
      {row.lanes.map((lane, index) => <LaneOf key={index} lane={lane} row={row} whole={widths[index]!} />)}
    </div>
  );
}

function LaneOf({ lane, row, whole }: { lane: Lane | null; row: WaterfallRow; whole: number }) {
  const percent = (seconds: number) => `${(seconds / whole) * 100}%`;
  return (
    <>
      <span role="cell" className={styles.number} data-none={lane === null || undefined}>
        {lane && lane.count > 1 && <small>{format.count(lane.count)}×</small>}
        {format.duration(lane && lane.seconds)}
      </span>
      <span className={styles.lane} role="presentation">
        {lane?.bars.map(({ began, seconds }, index) => (
          <span key={index} style={{ left: percent(began), width: percent(seconds), background: `var(--${TIME_TYPE_TOKENS[row.type]})` }} />
        ))}
      </span>
    </>
  );
}

function Total({ chosen }: { chosen: Chosen[] }) {
  return (
    <>
      <div className={`${styles.row} ${styles.total}`} role="row">
        <span role="rowheader">Total, the sum of its parts</span>
        {chosen.map(({ label, exemplar }) => (
          <TotalOf key={label} exemplar={exemplar} />
        ))}
      </div>
      <div className={`${styles.row} ${styles.sums}`} role="row">
        <span role="rowheader" className={styles.ofSums}>Its parts</span>
        {chosen.map(({ label, exemplar }) => <SumOf key={label} exemplar={exemplar} />)}
      </div>
    </>
  );
}

function TotalOf({ exemplar }: { exemplar: Exemplar }) {
  const whole = partsOf(exemplar).reduce((sum, { seconds }) => sum + seconds, 0);
  return (
    <>
      <strong role="cell" className={styles.number}>{format.duration(exemplar.seconds)}</strong>
      <span className={styles.stack} role="presentation">
        {partsOf(exemplar).filter(({ seconds }) => seconds > 0).map(({ type, seconds }) => (
          <span key={type} style={{ width: `${(seconds / whole) * 100}%`, background: `var(--${TIME_TYPE_TOKENS[type]})` }} />
        ))}
      </span>
    </>
  );
}

function SumOf({ exemplar }: { exemplar: Exemplar }) {
  const parts = partsOf(exemplar).filter(({ seconds }) => seconds > 0);
  return (
    <span role="cell" className={styles.sum}>
      {parts.map(({ type, seconds }) => (
        <span key={type} title={TIME_TYPE_WORDS[type]}>
          <TimeTypeGlyph type={type} size={9} />{format.duration(seconds)}
        </span>
      ))}
    </span>
  );
}
