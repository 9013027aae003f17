import type { ReactNode } from "react";
import styles from "./states.module.css";

interface Props {
  title: string;
  /** The one line that makes something appear here. */
  line?: string;
  children: ReactNode;
}

/** Nothing yet: says what will appear, and what makes it appear. */
export function Empty({ title, line, children }: Props) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{children}</p>
      {line && <code className={styles.line}>{line}</code>}
    </div>
  );
}
