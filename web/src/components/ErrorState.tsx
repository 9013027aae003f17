import * as format from "../format";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import styles from "./states.module.css";
import { useNow } from "./useNow";

interface Props {
  /** What failed, in words. */
  error: string;
  /** When the answer that is still shown was true, in Unix seconds; null: there is none. */
  keptFrom: number | null;
  nextTryAt: number | null;
  onTryNow(): void;
}

/** What failed, what is kept, when it is tried again, and a button. */
export function ErrorState({ error, keptFrom, nextTryAt, onTryNow }: Props) {
  const now = useNow();
  const wait = nextTryAt === null ? null : Math.max(0, Math.ceil((nextTryAt - now) / 1000));
  return (
    <div className={styles.error} role="alert">
      <p className={styles.errorTitle}>
        <StateGlyph state="firing" />
        {error}
      </p>
      <p>
        {keptFrom !== null && `The last answer, of ${format.clock(keptFrom, true)}, is kept below in grey. `}
        {wait !== null && `Next try in ${wait} s.`}
      </p>
      <Button onClick={onTryNow}>Try now</Button>
    </div>
  );
}
