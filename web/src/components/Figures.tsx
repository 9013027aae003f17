import type { ReactNode } from "react";
import type { Answer } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import { type Change, pointsChange, ratioChange } from "../model/comparison";
import { finished, finishedUsers } from "../model/finished";
import { stairs } from "../model/percentiles";
import { withoutError } from "../model/overview";
import cards from "./card.module.css";
import { ChangeText } from "./ChangeText";
import styles from "./figures.module.css";

/** The service in four figures. The lines show the chart's series, so only where it is of all. */
export function Figures({ answer }: { answer: Answer }) {
  const { summary, series, previous } = answer;
  const isOfAll = series.endpoint_id === null;
  return (
    <section className={`${cards.card} ${styles.figures}`} aria-label="The service in figures">
      <Figure name="Requests" measure={format.rateParts(summary.rate_per_second)}
              note={`${format.count(summary.request_count)} in this range`}
              change={previous ? ratioChange(previous.rate_change_ratio, false) : undefined}>
        {isOfAll && <Sparkline values={finished(series, series.rate_per_second)} label="Requests per second over time" />}
      </Figure>
      <Figure name="Response time, p95" measure={durationOf(summary.response_time.p95_seconds)}
              note={`p50 ${format.duration(summary.response_time.p50_seconds)}`}
              change={previous ? ratioChange(previous.p95_change_ratio, true) : undefined}>
        {isOfAll && <Sparkline values={stairs(series.p95_seconds)} label="p95 over time" />}
      </Figure>
      <Figure name="Without error" measure={percentOf(withoutError(summary))}
              note={`${format.count(summary.error_count)} failed`}
              change={previous ? pointsChange(previous.error_ratio_change) : undefined} />
      <Figure name="Users" measure={{ number: format.count(summary.user_count), unit: "" }}
              note={`told apart by ${summary.user_source}`}
              change={previous ? ratioChange(previous.user_change_ratio, false) : undefined}>
        {isOfAll && <Sparkline values={finishedUsers(series)} label="Users over time" />}
      </Figure>
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
  name: ReactNode;
  measure: format.Measure;
  note: string;
  /** How far it is from the period before; undefined where none was asked for. */
  change?: Change | undefined;
  children?: ReactNode;
}

export function Figure({ name, measure, note, change, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>
        {measure.number}
        {measure.unit && <small>{`\u00a0${measure.unit}`}</small>}
      </span>
      <span className={styles.note}>
        <span>{note}</span>
        {change && <ChangeText change={change} />}
      </span>
      {children && <span className={styles.line}>{children}</span>}
    </div>
  );
}
