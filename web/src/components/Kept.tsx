import type { ReactNode } from "react";
import styles from "./kept.module.css";

/** What was answered last, in grey once it may not be true any more. */
export function Kept({ isStale, className = "", children }: { isStale: boolean; className?: string | undefined; children: ReactNode }) {
  return <div className={`${className} ${isStale ? styles.stale : ""}`}>{children}</div>;
}
