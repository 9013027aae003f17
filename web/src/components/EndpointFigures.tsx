import type { EndpointSummary } from "../api/client";
import * as format from "../format";
import { type Percentile, PERCENTILES } from "../model/percentiles";
import { isFew } from "../model/rows";
import cards from "./card.module.css";
import styles from "./endpointFigures.module.css";
import { Figure } from "./Figures";

const BELOW: Record<Percentile["key"], string> = {
  p50: "half are slower", p95: "1 of 20 is slower", p99: "1 of 100 is slower", p999: "1 of 1,000 is slower",
};

/** The endpoint in figures, over the whole range. */
export function EndpointFigures({ row }: { row: EndpointSummary }) {
  return (
    <section className={`${cards.card} ${styles.figures}`} aria-label="The endpoint in figures">
      <Figure name="Rate" measure={format.rateParts(row.rate_per_second)}
              note={`${format.count(row.request_count)} in this range`} />
      {PERCENTILES.map((percentile) => (
        <PercentileFigure key={percentile.key} row={row} percentile={percentile} />
      ))}
      <Figure name="Errors" measure={errorOf(row)}
              note={`${format.count(row.error_count)} failed`} />
      <Figure name="Users" measure={{ number: format.count(row.user_count), unit: "" }} note="different ones" />
      <Figure name="Sent" measure={format.sizeParts(row.bytes_out)}
              note={`received ${format.size(row.bytes_in)}`} />
    </section>
  );
}

interface PercentileProps {
  row: EndpointSummary;
  percentile: Percentile;
}

/** With few requests it is rough and says so; where too few lie above it, that it is chance. */
function PercentileFigure({ row, percentile: { key, label, field } }: PercentileProps) {
  const { response_time: times } = row;
  const seconds = times[field];
  const name = <><i className={styles.line} data-key={key} />{label}</>;
  if (seconds === null) return <Figure name={name} measure={NOTHING} note="no response time" />;
  const isChance = times.unsupported.includes(key);
  const isRough = isChance || isFew(row);
  const { number, unit } = format.durationParts(seconds);
  const sample = `n\u00a0=\u00a0${format.count(times.count)}`;
  return (
    <Figure name={name} measure={{ number: isRough ? `≈\u00a0${number}` : number, unit }}
            note={isChance ? `chance, ${sample}` : isRough ? `rough, ${sample}` : BELOW[key]} />
  );
}

const NOTHING: format.Measure = { number: "–", unit: "" };

function errorOf({ error_ratio: ratio }: EndpointSummary): format.Measure {
  return ratio === null ? NOTHING : format.errorParts(ratio);
}
