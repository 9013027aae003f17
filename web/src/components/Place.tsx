import type { ReactNode } from "react";
import cards from "./card.module.css";
import styles from "./explanation.module.css";

/** What this version cannot tell yet: what will stand here, and what tells it meanwhile. */
export function Place({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={`${cards.card} ${styles.card} ${styles.place}`} aria-label={title}>
      <header><div><h2>{title}</h2><small>not in this version yet</small></div></header>
      <p>{children}</p>
    </section>
  );
}
