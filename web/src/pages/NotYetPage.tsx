import cards from "../components/card.module.css";
import { Empty } from "../components/Empty";
import type { Screen } from "../model/address";
import { SCREEN_WORDS } from "../model/screens";
import styles from "./pages.module.css";

/** Holds the place of a screen that this version does not have, and says so. */
export function NotYetPage({ screen }: { screen: Screen }) {
  const { title, promise } = SCREEN_WORDS[screen];
  return (
    <div className={styles.stack}>
      <h1>{title}</h1>
      <section className={cards.card}>
        <Empty title={`${title}: not in this version yet`}>{promise}</Empty>
      </section>
    </div>
  );
}
