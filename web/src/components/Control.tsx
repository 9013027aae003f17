// Buttons, segments and fields: the controls of the page, in one size.

import type { ComponentProps, ReactNode } from "react";
import styles from "./control.module.css";

interface ButtonProps extends ComponentProps<"button"> {
  isPrimary?: boolean;
}

export function Button({ isPrimary = false, className, ...rest }: ButtonProps) {
  const look = isPrimary ? styles.primary : styles.button;
  return <button type="button" {...rest} className={className ? `${look} ${className}` : look} />;
}

export interface Segment<Value> {
  value: Value;
  content: ReactNode;
  label?: string;
}

interface SegmentsProps<Value> {
  label: string;
  value: Value;
  segments: readonly Segment<Value>[];
  onChange(value: Value): void;
}

/** A few choices of which one holds. */
export function Segments<Value>({ label, value, segments, onChange }: SegmentsProps<Value>) {
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {segments.map((segment) => (
        <button
          key={String(segment.value)}
          type="button"
          aria-pressed={segment.value === value}
          aria-label={segment.label}
          title={segment.label}
          onClick={() => onChange(segment.value)}
        >
          {segment.content}
        </button>
      ))}
    </div>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return <kbd className={styles.key}>{children}</kbd>;
}
