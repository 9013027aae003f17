import type { ReactNode } from "react";
import { type State, StateGlyph } from "./Glyph";
import styles from "./chips.module.css";

/** A state in a few words on its soft ground: “48 s old”. */
export function StateChip({ state, children }: { state: State; children: ReactNode }) {
  return (
    <span className={styles.state} data-state={state}>
      <StateGlyph state={state} size={12} />
      {children}
    </span>
  );
}

/** A remark that is no judgement: “n = 18”, “Never called”. */
export function DashedChip({ children, title }: { children: ReactNode; title?: string }) {
  return <span className={styles.dashed} title={title}>{children}</span>;
}
