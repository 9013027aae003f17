import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { Answer, Series } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import { type Change, ratioChange, withoutErrorChange } from "../model/comparison";
import { finished, finishedUsers } from "../model/finished";
import { stairs } from "../model/percentiles";
import { withoutError } from "../model/overview";
import { sampled } from "../model/sparkline";
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
        {isOfAll && <Shape values={finished(series, series.rate_per_second)} label="Requests per second over time" />}
      </Figure>
      <Figure name="Response time, p95" measure={durationOf(summary.response_time.p95_seconds)}
              note={`p50 ${format.duration(summary.response_time.p50_seconds)}`}
              change={previous ? ratioChange(previous.p95_change_ratio, true) : undefined}>
        {isOfAll && <Shape values={stairs(series.p95_seconds)} label="p95 over time" />}
      </Figure>
      <Figure name="Without error" measure={percentOf(withoutError(summary))}
              note={`${format.count(summary.error_count)} failed`}
              change={previous ? withoutErrorChange(previous.error_ratio_change) : undefined}>
        {isOfAll && <Shape values={finished(series, withoutErrors(series))} label="Share without error over time" />}
      </Figure>
      <Figure name="Users" measure={{ number: format.count(summary.user_count), unit: "" }}
              note={`by ${summary.user_source}`}
              change={previous ? ratioChange(previous.user_change_ratio, false) : undefined}>
        {isOfAll && <Shape values={finishedUsers(series)} label="Users over time" />}
      </Figure>
    </section>
  );
}

const SMALL = "(max-width: 700px)";

function Shape({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  return <Sparkline values={sampled(values)} label={label} width={isSmall ? 56 : 86} />;
}

function withoutErrors({ error_ratio: ratios }: Series): (number | null)[] {
  return ratios.map((ratio) => (ratio === null ? null : 1 - ratio));
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
