import type { Grade } from "../api/client";
import { SEVERITY_WORDS } from "../model/alerts";
import { SeverityGlyph } from "./Glyph";
import styles from "./chips.module.css";

/** How grave it is: steps, colour and word. Of what is over it has no colour. */
export function SeverityChip({ severity, isOver = false }: { severity: Grade; isOver?: boolean }) {
  return (
    <span className={styles.severity} data-severity={isOver ? undefined : severity}>
      <SeverityGlyph severity={severity} size={11} />
      {SEVERITY_WORDS[severity]}
    </span>
  );
}
