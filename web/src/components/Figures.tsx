import type { ReactNode } from "react";
import type { Answer } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import { withoutError } from "../model/overview";
import cards from "./card.module.css";
import styles from "./figures.module.css";

/** The service in four figures. The lines show the chart's series, so only where it is of all. */
export function Figures({ answer }: { answer: Answer }) {
  const { summary, series } = answer;
  const isOfAll = series.endpoint_id === null;
  return (
    <section className={`${cards.card} ${styles.figures}`} aria-label="The service in figures">
      <Figure name="Requests" measure={format.rateParts(summary.rate_per_second)}
              note={`${format.count(summary.request_count)} in this range`}>
        {isOfAll && <Sparkline values={series.rate_per_second} label="Requests per second over time" />}
      </Figure>
      <Figure name="Response time, p95" measure={durationOf(summary.response_time.p95_seconds)}
              note={`p50 ${format.duration(summary.response_time.p50_seconds)}`}>
        {isOfAll && <Sparkline values={series.p95_seconds} label="p95 over time" />}
      </Figure>
      <Figure name="Without error" measure={percentOf(withoutError(summary))}
              note={`${format.count(summary.error_count)} failed`} />
      <Figure name="Users" measure={{ number: format.count(summary.user_count), unit: "" }}
              note={`told apart by ${summary.user_source}`} />
    </section>
  );
}

function durationOf(seconds: number | null): format.Measure {
  return seconds === null ? { number: "–", unit: "" } : format.durationParts(seconds);
}

function percentOf(ratio: number | null): format.Measure {
  return ratio === null ? { number: "–", unit: "" } : format.errorParts(ratio);
}

interface FigureProps {
  name: string;
  measure: format.Measure;
  note: string;
  children?: ReactNode;
}

export function Figure({ name, measure, note, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>
        {measure.number}
        {measure.unit && <small>{`\u00a0${measure.unit}`}</small>}
      </span>
      <span className={styles.note}>{note}</span>
      {children && <span className={styles.line}>{children}</span>}
    </div>
  );
}
