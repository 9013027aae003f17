// Numbers as tables and figures show them: digits aligned, the unit in its own slot.

import * as format from "../format";
import styles from "./numbers.module.css";

interface MeasureProps {
  measure: format.Measure;
  isBold?: boolean;
  isRough?: boolean;
}

/** Seconds stand in ink and bold, smaller units grey: mixing them is the classic misreading. */
function MeasureText({ measure, isBold = false, isRough = false }: MeasureProps) {
  return (
    <span className={styles.measure} data-bold={isBold || undefined}>
      {isRough && <span className={styles.rough}>≈ </span>}
      {measure.number}
      <span className={measure.unit === "s" ? styles.seconds : styles.unit}>
        {measure.unit && `\u00a0${measure.unit}`}
      </span>
    </span>
  );
}

interface ValueProps {
  value: number | null;
  isBold?: boolean;
  isRough?: boolean;
}

export function NoData() {
  return <span className={styles.none}>–</span>;
}

export function Duration({ value, ...rest }: ValueProps) {
  if (value === null) return <NoData />;
  return <MeasureText measure={format.durationParts(value)} {...rest} />;
}

export function Rate({ value }: { value: number }) {
  return <MeasureText measure={format.rateParts(value)} />;
}

export function ErrorShare({ value, isBold = false }: ValueProps) {
  if (value === null) return <NoData />;
  return (
    <span className={value === 0 ? styles.zero : undefined}>
      <MeasureText measure={format.errorParts(value)} isBold={isBold} />
    </span>
  );
}

export function Share({ value }: { value: number | null }) {
  return value === null ? <NoData /> : <MeasureText measure={format.shareParts(value)} />;
}

/** A bar of `ratio` 0..1; the number beside it says it exactly, so it is hidden from readers. */
export function Meter({ ratio }: { ratio: number }) {
  return (
    <span className={styles.meter} aria-hidden>
      <span style={{ width: `${Math.min(1, Math.max(0, ratio)) * 100}%` }} />
    </span>
  );
}
