import type { ReactNode } from "react";
import { Button } from "./Control";
import styles from "./form.module.css";
import { StateGlyph } from "./Glyph";
import { Signature, type Signed } from "./Signature";
import { type By, useSigned } from "./useSigned";

interface Props {
  by: By;
  /** What the button does: “Acknowledge”. */
  verb: string;
  children: ReactNode;
  send(signed: Signed): Promise<unknown>;
  onCancel(): void;
}

/** What an act is about, who does it and why; it stays open where the server refuses. */
export function SignedForm({ by, verb, children, send, onCancel }: Props) {
  const { signature, isBusy, error, submit } = useSigned(by, send);
  return (
    <form className={styles.form} onSubmit={(event) => {
      event.preventDefault();
      void submit();
    }}>
      {children}
      <Signature {...signature} />
      {error !== null && <p className={styles.error} role="alert"><StateGlyph state="firing" />{error}</p>}
      <footer>
        <Button onClick={onCancel}>Cancel</Button>
        <Button isPrimary type="submit" disabled={isBusy}>{verb}</Button>
      </footer>
    </form>
  );
}
