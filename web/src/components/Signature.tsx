import { LONGEST_AUTHOR } from "../model/preferences";
import styles from "./form.module.css";

const LONGEST_REASON = 300; // as the server takes it

/** Who acts and why, as everybody else will read it. */
export interface Signed {
  author: string;
  reason: string;
}

interface Props extends Signed {
  onChange(signed: Partial<Signed>): void;
}

export function Signature({ author, reason, onChange }: Props) {
  return (
    <div className={styles.broad}>
      <label className={styles.label}>
        Reason
        <input className={styles.field} value={reason} maxLength={LONGEST_REASON} data-autofocus
               placeholder="What you know, or where you look into it"
               onChange={(event) => onChange({ reason: event.target.value })} />
      </label>
      <label className={styles.label}>
        Your name
        <input className={styles.field} value={author} maxLength={LONGEST_AUTHOR} placeholder="operator" autoComplete="nickname"
               onChange={(event) => onChange({ author: event.target.value })} />
      </label>
    </div>
  );
}
