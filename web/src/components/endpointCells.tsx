// The cells that the table and the two-line rows share: a number, or why there is none.

import type { AlertRow, EndpointSummary, Settings } from "../api/client";
import * as format from "../format";
import { ALERT_STATE_WORDS } from "../model/alerts";
import { budgetText, type Goal, promiseWords } from "../model/objectives";
import { hasRoute, isFew, type RowKind } from "../model/rows";
import { isFailing, isSlow, missesTarget } from "../model/sentence";
import { StateGlyph } from "./Glyph";
import { Duration, ErrorShare, NoData } from "./Numbers";
import { BudgetMeter } from "./ObjectiveTable";
import { PriorityChip } from "./PriorityChip";
import { DashedChip } from "./StateChip";
import styles from "./endpointTable.module.css";

export type ShownPercentile = "p50" | "p95" | "p99";

const FIELDS = { p50: "p50_seconds", p95: "p95_seconds", p99: "p99_seconds" } as const;

/** Rough where few requests stand behind it; p99 of few requests is their number instead. */
export function PercentileCell({ row, percentile }: { row: EndpointSummary; percentile: ShownPercentile }) {
  const times = row.response_time;
  if (percentile === "p99" && isFew(row)) {
    return <DashedChip title="Too few requests for a p99">n = {times.count}</DashedChip>;
  }
  return (
    <Duration
      value={times[FIELDS[percentile]]}
      isRough={isFew(row) || times.unsupported.includes(percentile)}
      isBold={percentile === "p95" && isSlow(row)}
    />
  );
}

/** A share of few requests would sound surer than it is: “1 of 18”. */
export function ErrorCell({ row, settings }: { row: EndpointSummary; settings: Settings }) {
  if (!hasRoute(row)) return <NoData />;
  if (row.error_count > 0 && isFew(row) && row.kind === "http") {
    return <span className={styles.quiet}>{row.error_count} of {row.request_count}</span>;
  }
  return <ErrorShare value={row.error_ratio} isBold={isFailing(row, settings)} />;
}

export function PriorityCell({ row }: { row: Pick<EndpointSummary, "priority" | "template"> }) {
  if (hasRoute(row)) return <PriorityChip priority={row.priority} />;
  return <span className={styles.quiet}>no route</span>;
}

interface StateMarkProps {
  row: EndpointSummary;
  settings: Settings;
  alert: AlertRow | null;
}

/** Behind the name: its alert, else that it is too slow or fails too often. */
export function StateMark({ row, settings, alert }: StateMarkProps) {
  if (alert === null && !missesTarget(row, settings)) return null;
  const words = alert === null ? "Misses its target" : `${ALERT_STATE_WORDS[alert.state].word}: ${alert.message}`;
  return (
    <span className={styles.missed} title={words}>
      <StateGlyph state={alert?.state ?? "firing"} size={13} />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

/** Of the objective of which the least is left. */
export function BudgetCell({ goal }: { goal: Goal | null }) {
  const left = goal?.row.budget_left_ratio ?? null;
  if (goal === null || left === null) return <span className={styles.quiet}>{goal === null ? "no objective" : "no events"}</span>;
  return (
    <span title={`${promiseWords(goal.objective)}: ${goal.standing.word.toLowerCase()}`}>
      <BudgetMeter left={left} state={goal.standing.state} />
      <span data-state={goal.standing.state}>{budgetText(left)}</span>
    </span>
  );
}

/** Why a row has no percentiles. */
export function Reason({ row, kind }: { row: EndpointSummary; kind: RowKind }) {
  if (kind === "stream") {
    const name = row.kind === "websocket" ? "WebSocket" : "stream";
    return <span className={styles.quiet}>{name}, not in percentiles</span>;
  }
  if (kind === "silent") {
    const last = row.last_called_at === null ? "" : `, last called ${format.clock(row.last_called_at)}`;
    return <span className={styles.quiet}>no request in this range{last}</span>;
  }
  const isNeverCalled = kind === "never-called";
  return (
    <span className={styles.reason}>
      <DashedChip>{isNeverCalled ? "Never called" : "Not monitored"}</DashedChip>
      <span className={styles.quiet}>
        {isNeverCalled ? (
          <>declared<span className={styles.wide}> in the app</span>, no request so far</>
        ) : (
          "left out by configuration"
        )}
      </span>
    </span>
  );
}
