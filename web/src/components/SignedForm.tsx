import type { ReactNode } from "react";
import { type Refusals, refusalsOf } from "../model/refusals";
import { Button } from "./Control";
import styles from "./form.module.css";
import { StateGlyph } from "./Glyph";
import { Signature, type Signed } from "./Signature";
import { type By, useSigned } from "./useSigned";

interface Props<Field extends string> {
  by: By;
  /** What the button does: “Acknowledge”. */
  verb: string;
  /** Those that say themselves why they were refused. */
  fields?: readonly Field[];
  children: ReactNode | ((refused: Refusals<Field>["of"]) => ReactNode);
  send(signed: Signed): Promise<unknown>;
  onCancel(): void;
}

/** What an act is about, who does it and why; it stays open where the server refuses, until something is changed. */
export function SignedForm<Field extends string = never>({ by, verb, fields = [], children, send, onCancel }: Props<Field>) {
  const { signature, isBusy, error, submit, forget } = useSigned(by, send);
  const { of: refused, rest } = refusalsOf(error, fields);
  return (
    <form className={styles.form} noValidate onChange={forget} onSubmit={(event) => {
      event.preventDefault();
      void submit();
    }}>
      {typeof children === "function" ? children(refused) : children}
      <Signature {...signature} />
      {rest !== "" && <p className={styles.error} role="alert"><StateGlyph state="firing" />{rest}</p>}
      <footer>
        <Button onClick={onCancel}>Cancel</Button>
        <Button isPrimary type="submit" disabled={isBusy}>{verb}</Button>
      </footer>
    </form>
  );
}
