// Marks that carry meaning beside a word: priority, state, and the product's own.

import type { ReactNode } from "react";
import type { Grade, Priority } from "../api/client";
import { TIME_TYPE_TOKENS, type TimeType } from "../model/overview";
import type { StatusClass } from "../model/stream";

interface Mark {
  box: number;
  drawing: ReactNode;
}

const PRIORITY_MARKS: Record<Priority, Mark> = {
  critical: { box: 12, drawing: <path d="M6 .4 11.6 6 6 11.6.4 6Z" fill="currentColor" /> },
  high: { box: 12, drawing: <path d="M6 1.2 11.5 10.8H.5Z" fill="currentColor" /> },
  medium: {
    box: 12,
    drawing: (
      <rect x="1.8" y="1.8" width="8.4" height="8.4" rx="1" stroke="currentColor" strokeWidth="1.7" />
    ),
  },
  low: {
    box: 12,
    drawing: <circle cx="6" cy="6" r="4.4" stroke="currentColor" strokeWidth="1.6" />,
  },
};

export type State =
  | "ok" | "pending" | "firing" | "acknowledged" | "resolved" | "flapping" | "silenced" | "unjudged";

const STATE_MARKS: Record<State, ReactNode> = {
  ok: (
    <>
      <circle cx="7" cy="7" r="6.2" fill="currentColor" />
      <path d="m4.2 7.2 2 2 3.7-4.1" stroke="var(--card)" strokeWidth="1.6" />
    </>
  ),
  pending: (
    <>
      <circle cx="7" cy="7" r="5.5" stroke="currentColor" strokeWidth="1.5" />
      <path d="M7 3.2a3.8 3.8 0 0 1 0 7.6Z" fill="currentColor" />
    </>
  ),
  firing: (
    <>
      <path d="M4.4.8h5.2l3.6 3.6v5.2l-3.6 3.6H4.4L.8 9.6V4.4Z" fill="currentColor" />
      <path d="M7 3.6v4" stroke="var(--on-firing)" strokeWidth="1.7" />
      <circle cx="7" cy="10" r="1" fill="var(--on-firing)" />
    </>
  ),
  acknowledged: (
    <>
      <path d="M4.7 1.5h4.6l3.2 3.2v4.6l-3.2 3.2H4.7L1.5 9.3V4.7Z" stroke="currentColor" strokeWidth="1.5" />
      <path d="m4.5 7.1 1.8 1.8 3.2-3.6" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
  resolved: <path d="m2 7.5 3.4 3.4L12 3.6" stroke="currentColor" strokeWidth="1.7" />,
  flapping: (
    <path d="M.8 7h1.9l2-4.6 3.4 9.2L10.6 7h2.6" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
  ),
  silenced: (
    <>
      <circle cx="7" cy="7" r="5.5" stroke="currentColor" strokeWidth="1.5" />
      <path d="m3.2 3.2 7.6 7.6" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
  unjudged: (
    <circle cx="7" cy="7" r="5.5" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.2 2.1" />
  ),
};

export function PriorityGlyph({ priority, size = 12 }: { priority: Priority; size?: number }) {
  const { box, drawing } = PRIORITY_MARKS[priority];
  return (
    <svg width={size} height={size} viewBox={`0 0 ${box} ${box}`} fill="none" aria-hidden
         style={{ color: `var(--${priority})` }}>
      {drawing}
    </svg>
  );
}

export function StateGlyph({ state, size = 14 }: { state: State; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" fill="none" aria-hidden
         style={{ color: `var(--${state})` }}>
      {STATE_MARKS[state]}
    </svg>
  );
}

/** Of three steps, how many stand: none is told apart by colour alone. */
const SEVERITY_STEPS: Record<Grade, number> = { critical: 3, warning: 2, good: 1, excellent: 1 };

export function SeverityGlyph({ severity, size = 12 }: { severity: Grade; size?: number }) {
  const steps = SEVERITY_STEPS[severity];
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" fill="none" aria-hidden>
      {[0, 1, 2].map((step) => (
        <rect key={step} x={0.6 + step * 4} y={7.6 - step * 3.4} width="2.8" height={3.8 + step * 3.4} rx=".6"
              fill={step < steps ? "currentColor" : "none"} stroke="currentColor" strokeWidth=".9" />
      ))}
    </svg>
  );
}

const STATUS_MARKS: Record<StatusClass, { colour: string; drawing: ReactNode }> = {
  "1xx": { colour: "text-3", drawing: <circle cx="7" cy="7" r="2" fill="currentColor" /> },
  "2xx": { colour: "resolved", drawing: STATE_MARKS.resolved },
  "3xx": { colour: "text-3", drawing: <path d="M2 7h9.5M8 3.2 11.8 7 8 10.8" stroke="currentColor" strokeWidth="1.6" /> },
  "4xx": { colour: "text-2", drawing: STATE_MARKS.silenced },
  "5xx": { colour: "firing", drawing: STATE_MARKS.firing },
};

/** The class of a status: red is what the service got wrong, and what its client did is not. */
export function StatusGlyph({ kind }: { kind: StatusClass }) {
  const { colour, drawing } = STATUS_MARKS[kind];
  return (
    <svg width={12} height={12} viewBox="0 0 14 14" fill="none" aria-hidden style={{ color: `var(--${colour})` }}>
      {drawing}
    </svg>
  );
}

const TIME_MARKS: Record<TimeType, ReactNode> = {
  database: (
    <>
      <path d="M.8 2.4C.8.9 9.2.9 9.2 2.4v5.2c0 1.5-8.4 1.5-8.4 0Z" fill="currentColor" />
      <path d="M.8 4.6c1.6 1 6.8 1 8.4 0" stroke="var(--card)" strokeWidth=".9" />
    </>
  ),
  external_api: <path d="M1.4 8.6 8 2M3.2 1.5h5.3v5.3" stroke="currentColor" strokeWidth="1.8" />,
  processing: <rect x=".8" y=".8" width="8.4" height="8.4" rx="1" fill="currentColor" />,
  cache: <path d="M5.9.2 1.4 5.8h2.9L3.7 9.8 8.6 4H5.5Z" fill="currentColor" />,
  network: <path d="m1 1.5 3.3 3.5L1 8.5M5.4 1.5 8.7 5 5.4 8.5" stroke="currentColor" strokeWidth="1.7" />,
};

export function TimeTypeGlyph({ type, size = 10 }: { type: TimeType; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 10 10" fill="none" aria-hidden
         style={{ color: `var(--${TIME_TYPE_TOKENS[type]})` }}>
      {TIME_MARKS[type]}
    </svg>
  );
}

export function ProductMark({ size = 16 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden>
      <rect x="0" y="9" width="4" height="7" rx="1" fill="var(--bar)" />
      <rect x="6" y="5" width="4" height="11" rx="1" fill="var(--medium)" />
      <rect x="12" y="0" width="4" height="16" rx="1" fill="var(--accent)" />
    </svg>
  );
}
