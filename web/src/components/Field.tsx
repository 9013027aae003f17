// The fields of a form: a label, what may be said, its unit, and why it was refused.

import { type ComponentProps, type ReactNode, useId } from "react";
import type { Priority } from "../api/client";
import { PRIORITIES } from "../model/rows";
import { Segments } from "./Control";
import styles from "./form.module.css";
import { PriorityGlyph, StateGlyph } from "./Glyph";

interface Told {
  label: string;
  hint?: ReactNode;
  unit?: string | undefined;
  /** Why the server, or the page, did not take it. */
  refusal?: string | undefined;
}

type Given = Pick<ComponentProps<"input">, "id" | "className" | "aria-describedby" | "aria-invalid">;

/** Lays a label over a control and what is said of it under it. */
function Field({ label, hint, unit, refusal, children }: Told & { children(given: Given): ReactNode }) {
  const id = useId();
  const isRefused = refusal !== undefined && refusal !== "";
  const described = isRefused || hint ? `${id}-told` : undefined;
  return (
    <div className={styles.label}>
      <label htmlFor={id}>{label}</label>
      <span className={styles.slot} data-unit={unit || undefined}>
        {children({ id, className: styles.field, "aria-describedby": described, "aria-invalid": isRefused || undefined })}
        {unit && <span aria-hidden>{unit}</span>}
      </span>
      {isRefused ? (
        <span id={described} className={styles.refusal} role="alert"><StateGlyph state="firing" size={12} />{refusal}</span>
      ) : hint && <span id={described} className={styles.hint}>{hint}</span>}
    </div>
  );
}

interface TextFieldProps extends Told, Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: string;
  onChange(text: string): void;
  /** Words to choose from; others may be typed. */
  choices?: readonly string[];
}

export function TextField({ label, hint, unit, refusal, onChange, choices, ...rest }: TextFieldProps) {
  const list = useId();
  return (
    <Field {...{ label, hint, unit, refusal }}>
      {(given) => (
        <>
          <input {...given} {...rest} {...(choices ? { list } : {})} autoComplete="off"
                 onChange={(event) => onChange(event.target.value)} />
          {choices && <datalist id={list}>{choices.map((choice) => <option key={choice} value={choice} />)}</datalist>}
        </>
      )}
    </Field>
  );
}

/** A number as text, so that half-typed ones stay; its unit stands in the label for who listens. */
export function NumberField({ label, unit, ...rest }: Omit<TextFieldProps, "inputMode" | "type">) {
  return <TextField {...rest} unit={unit} label={label} inputMode="decimal"
                    aria-label={unit ? `${label}, ${unit}` : label} />;
}

interface SelectFieldProps<Value extends string> extends Told {
  value: Value;
  choices: readonly { value: Value; content: string }[];
  isDisabled?: boolean;
  onChange(value: Value): void;
}

export function SelectField<Value extends string>({ value, choices, isDisabled = false, onChange, ...told }: SelectFieldProps<Value>) {
  return (
    <Field {...told}>
      {(given) => (
        <select {...given} value={value} disabled={isDisabled} onChange={(event) => onChange(event.target.value as Value)}>
          {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.content}</option>)}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, isChecked, onChange }: { label: string; isChecked: boolean; onChange(isChecked: boolean): void }) {
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={isChecked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

export function PriorityField({ value, onChange }: { value: Priority | null; onChange(priority: Priority | null): void }) {
  return (
    <div className={styles.label}>
      <span>Priority</span>
      <Segments<Priority | null> label="Priority" value={value} onChange={onChange} segments={[
        { value: null, content: "Any" },
        ...PRIORITIES.map((priority) => ({
          value: priority, label: priority.toUpperCase(), content: <PriorityGlyph priority={priority} size={11} />,
        })),
      ]} />
    </div>
  );
}
