import { useWidth } from "../charts/useWidth";
import * as format from "../format";
import styles from "./budgetLine.module.css";

interface Props {
  times: readonly number[];
  /** 1 is all of the budget; below 0 more than all is used. */
  leftRatio: readonly number[];
  start: number;
  end: number;
  label: string;
}

const HEIGHT = 96;
const EDGE = 4;

/** What was left of a budget over time: full on top, and a line where it is used up. */
export function BudgetLine({ times, leftRatio, start, end, label }: Props) {
  const [box, width] = useWidth();
  const least = Math.min(-0.1, ...leftRatio);
  const x = (instant: number) => ((instant - start) / Math.max(1, end - start)) * width;
  const y = (left: number) => EDGE + ((1 - left) / (1 - least)) * (HEIGHT - 2 * EDGE);
  // at its start a budget is whole
  const path = `M0 ${y(1).toFixed(1)}` + times.map((time, index) => `L${x(time).toFixed(1)} ${y(leftRatio[index] ?? 1).toFixed(1)}`).join("");
  return (
    <div ref={box} className={styles.line}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={label} data-gone={(leftRatio.at(-1) ?? 1) <= 0 || undefined}>
          <line x1="0" x2={width} y1={y(1)} y2={y(1)} className={styles.full} />
          <line x1="0" x2={width} y1={y(0)} y2={y(0)} className={styles.zero} />
          <path d={path} fill="none" />
        </svg>
      )}
      <p aria-hidden>
        <span>{format.day(start)} {format.clock(start)}</span>
        <span>dotted: used up</span>
        <span>{format.day(end)} {format.clock(end)}</span>
      </p>
      <Table times={times} leftRatio={leftRatio} />
    </div>
  );
}

const MOST_ROWS = 24;

/** Every so many of the steps, the newest first. */
function Table({ times, leftRatio }: Pick<Props, "times" | "leftRatio">) {
  const every = Math.ceil(times.length / MOST_ROWS);
  const steps = times.map((time, index) => ({ time, left: leftRatio[index] ?? 0 }))
    .filter((_, index) => (times.length - 1 - index) % every === 0).reverse();
  return (
    <details>
      <summary>As a table</summary>
      <table>
        <thead><tr><th scope="col">Until</th><th scope="col">Budget left</th></tr></thead>
        <tbody>
          {steps.map(({ time, left }) => (
            <tr key={time}><th scope="row">{format.day(time)} {format.clock(time)}</th><td>{leftText(left)}</td></tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function leftText(left: number): string {
  return left < 0 ? `−${format.share(-left)}` : format.share(left);
}
