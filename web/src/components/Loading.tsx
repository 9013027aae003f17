import { useEffect, useState } from "react";
import styles from "./states.module.css";

const SHOW_AFTER_MS = 150; // a shorter wait would only flicker

/** Still grey bars where content will be; nothing at all for a short wait. */
export function Loading({ rows }: { rows: number }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.loading} role="status" aria-label="Loading">
      {isShown &&
        Array.from({ length: rows }, (_, row) => (
          <span key={row} style={{ width: `${[86, 71, 78, 54][row % 4]}%` }} />
        ))}
    </div>
  );
}
