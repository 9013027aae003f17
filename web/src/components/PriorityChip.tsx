import type { Priority } from "../api/client";
import { PriorityGlyph } from "./Glyph";
import styles from "./chips.module.css";

/** Shape, colour and word. */
export function PriorityChip({ priority }: { priority: Priority }) {
  return (
    <span className={styles.priority} data-priority={priority}>
      <PriorityGlyph priority={priority} size={10} />
      {priority.toUpperCase()}
    </span>
  );
}
