import type { Change } from "../model/comparison";
import styles from "./changeText.module.css";

const GLYPHS = { up: "▲", down: "▼" } as const;
const MEANINGS = { better: ", better", worse: ", worse", neutral: "" } as const;

/** A change with its sign; whether it is good is said by colour, by arrow and to screen readers. */
export function ChangeText({ change }: { change: Change }) {
  const { words, direction, tone } = change;
  if (words === null) return <span className={styles.none} title="None before, or too few requests">no sample</span>;
  return (
    <span className={styles.change} data-tone={tone}>
      {direction && <span className={styles.glyph} aria-hidden>{GLYPHS[direction]}</span>}
      {words}
      <span className="visually-hidden">{MEANINGS[tone]}</span>
    </span>
  );
}
