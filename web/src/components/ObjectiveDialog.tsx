// Writes an objective, and shows what it would have said before anybody relies on it.

import { useState } from "react";
import type { Client } from "../api/client";
import {
  OBJECTIVE_FIELDS, type ObjectiveDraft, type ObjectiveField, objectiveOf,
} from "../model/objectiveForm";
import type { Refusals } from "../model/refusals";
import { Segments } from "./Control";
import { Dialog } from "./Dialog";
import { CheckField, NumberField, PriorityField, TextField } from "./Field";
import styles from "./form.module.css";
import { ObjectiveTrial } from "./ObjectiveTrial";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

/** An endpoint that an objective can be tried on. */
export interface Candidate {
  id: string;
  name: string;
  priority: string;
}

interface Props {
  client: Client;
  by: By;
  /** What is written on; null: the dialog is closed. */
  asked: ObjectiveDraft | null;
  /** The ids that others have. */
  taken: readonly string[];
  candidates: readonly Candidate[];
  asOf: number;
  onClose(isDone: boolean): void;
}

export function ObjectiveDialog({ asked, ...props }: Props) {
  const title = asked?.id ? `Objective ${asked.id}` : "New objective";
  return (
    <Dialog title={title} isOpen={asked !== null} isWide onClose={() => props.onClose(false)}>
      {asked && <ObjectiveForm {...props} asked={asked} />}
    </Dialog>
  );
}

function ObjectiveForm({ client, by, asked, taken, candidates, asOf, onClose }: Props & { asked: ObjectiveDraft }) {
  const [draft, setDraft] = useState(asked);
  const onDraft = (part: Partial<ObjectiveDraft>) => setDraft((before) => ({ ...before, ...part }));
  const send = async (signed: Signed) => {
    await client.saveObjective({ objective: objectiveOf(draft, taken), ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Save" fields={OBJECTIVE_FIELDS} send={send} onCancel={() => onClose(false)}>
      {(refused) => (
        <div className={styles.halves}>
          <div className={styles.half}>
            <Promise {...{ draft, onDraft, refused }} />
            <Scope {...{ draft, onDraft, refused, candidates }} />
            <More {...{ draft, onDraft, refused }} />
            {asked.id !== null && <p>The page’s wins over what the settings and the priorities have under its id, until it is taken back.</p>}
          </div>
          <ObjectiveTrial {...{ client, draft, taken, candidates, asOf }} />
        </div>
      )}
    </SignedForm>
  );
}

interface PartProps {
  draft: ObjectiveDraft;
  refused: Refusals<ObjectiveField>["of"];
  onDraft(part: Partial<ObjectiveDraft>): void;
}

const BOUNDS = { latency: { label: "Within", unit: "ms" }, throughput: { label: "At least", unit: "requests/s" } };
const TARGETS = { latency: "Requests in time", availability: "Requests without error", throughput: "Minutes with enough" };

function Promise({ draft, refused, onDraft }: PartProps) {
  const { kind } = draft;
  return (
    <>
      <div className={styles.label}>
        <span>What is promised</span>
        <Segments label="What is promised" value={kind} onChange={(chosen) => onDraft({ kind: chosen, ...(chosen === "throughput" ? { bound: "" } : {}) })}
                  segments={[
                    { value: "latency" as const, content: "Response time" },
                    { value: "availability" as const, content: "No errors" },
                    { value: "throughput" as const, content: "Throughput" },
                  ]} />
      </div>
      <div className={styles.pair}>
        <NumberField label={TARGETS[kind]} unit="%" value={draft.target} refusal={refused.target} data-autofocus
                     onChange={(target) => onDraft({ target })} />
        {kind !== "availability" && (
          <NumberField {...BOUNDS[kind]} value={draft.bound} refusal={refused.bound} onChange={(bound) => onDraft({ bound })} />
        )}
      </div>
    </>
  );
}

function Scope({ draft, refused, onDraft, candidates }: PartProps & Pick<Props, "candidates">) {
  return (
    <>
      <TextField label="Endpoints" value={draft.pattern} refusal={refused.pattern} placeholder="All"
                 hint="A name, or a pattern such as POST /api/* or /admin/*" choices={candidates.map(({ name }) => name)}
                 onChange={(pattern) => onDraft({ pattern })} />
      <PriorityField value={draft.priority} onChange={(priority) => onDraft({ priority })} />
      <CheckField label="Alert while the error budget burns too fast" isChecked={draft.alerts} onChange={(alerts) => onDraft({ alerts })} />
    </>
  );
}

/** What is usually left as it is. */
function More({ draft, refused, onDraft }: PartProps) {
  const isRefused = [refused.period_days, refused.minimum_events, refused.errors, refused.name, refused.id].some(Boolean);
  return (
    <details className={styles.more} open={isRefused || undefined}>
      <summary>Name, period, which answers count</summary>
      <div>
        <TextField label="Name" value={draft.name} refusal={refused.name ?? refused.id} maxLength={200} placeholder="What it promises"
                   onChange={(name) => onDraft({ name })} />
        <div className={styles.pair}>
          <NumberField label="Period" unit="days" value={draft.periodDays} refusal={refused.period_days}
                       onChange={(periodDays) => onDraft({ periodDays })} />
          <NumberField label="Alerts from" unit="bad events" value={draft.minimumEvents} refusal={refused.minimum_events}
                       onChange={(minimumEvents) => onDraft({ minimumEvents })} />
        </div>
        {draft.kind === "availability" && (
          <div className={styles.pair}>
            <TextField label="Errors are" value={draft.bad} refusal={refused.errors} hint="Codes or classes" onChange={(bad) => onDraft({ bad })} />
            <TextField label="Left out are" value={draft.ignored} hint="The rest is good" onChange={(ignored) => onDraft({ ignored })} />
          </div>
        )}
        <CheckField label="In force" isChecked={draft.enabled} onChange={(enabled) => onDraft({ enabled })} />
      </div>
    </details>
  );
}
