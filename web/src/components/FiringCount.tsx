import styles from "./firingCount.module.css";

/** How many alerts need somebody, beside the screen's name; nothing where none does. */
export function FiringCount({ count }: { count: number | null }) {
  if (!count) return null;
  return (
    <span className={styles.count} title={`${count} firing`}>
      {count > 99 ? "99+" : count}<span className="visually-hidden"> firing</span>
    </span>
  );
}
