import type { ReactNode } from "react";
import styles from "./states.module.css";

interface Props {
  title: string;
  /** The one line that makes something appear here. */
  line?: string;
  /** The button that brings something here. */
  action?: ReactNode;
  children: ReactNode;
}

/** Nothing yet: says what will appear, and what makes it appear. */
export function Empty({ title, line, action, children }: Props) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
      {line && <code className={styles.line}>{line}</code>}
    </div>
  );
}
