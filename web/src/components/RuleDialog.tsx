// Writes an alert rule: what is looked at, from which value on, where, and for how long.

import { useState } from "react";
import type { AlertMetric, AlertRuleShown, Client } from "../api/client";
import type { Refusals } from "../model/refusals";
import { METRICS, RULE_FIELDS, type RuleDraft, type RuleField, ruleOf, UNIT_WORDS } from "../model/rules";
import { Dialog } from "./Dialog";
import { CheckField, NumberField, PriorityField, SelectField, TextField } from "./Field";
import styles from "./form.module.css";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  by: By;
  /** What is written on; null: the dialog is closed. */
  asked: RuleDraft | null;
  /** The rule of another place that it changes. */
  below: AlertRuleShown | null;
  /** The ids that others have. */
  taken: readonly string[];
  endpoints: readonly string[];
  onClose(isDone: boolean): void;
}

export function RuleDialog({ asked, ...props }: Props) {
  const title = asked?.id ? `Alert rule ${asked.id}` : "New alert rule";
  return (
    <Dialog title={title} isOpen={asked !== null} onClose={() => props.onClose(false)}>
      {asked && <RuleForm {...props} asked={asked} />}
    </Dialog>
  );
}

function RuleForm({ client, by, asked, below, taken, endpoints, onClose }: Props & { asked: RuleDraft }) {
  const [draft, setDraft] = useState(asked);
  const onDraft = (part: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...part }));
  const send = async (signed: Signed) => {
    await client.saveRule({ rule: ruleOf(draft, below, taken), ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Save" fields={RULE_FIELDS} send={send} onCancel={() => onClose(false)}>
      {(refused) => (
        <>
          <SelectField label="What is looked at" value={draft.metric} choices={METRIC_CHOICES} isDisabled={draft.id !== null}
                       refusal={refused.metric} onChange={(metric) => onDraft({ metric })} />
          <Bounds {...{ draft, refused, onDraft }} isOver={below !== null} />
          {METRICS[draft.metric].ofEndpoints && <Scope {...{ draft, refused, onDraft, endpoints }} />}
          <More {...{ draft, refused, onDraft }} />
          <CheckField label="In force" isChecked={draft.enabled} onChange={(enabled) => onDraft({ enabled })} />
          {below && <p>What you leave as it is stays as {below.source === "default" ? "the default has" : "the settings have"} it, also when that changes.</p>}
        </>
      )}
    </SignedForm>
  );
}

const METRIC_CHOICES = (Object.keys(METRICS) as AlertMetric[]).map((value) => ({ value, content: METRICS[value].word }));

interface PartProps {
  draft: RuleDraft;
  refused: Refusals<RuleField>["of"];
  onDraft(part: Partial<RuleDraft>): void;
}

function Bounds({ draft, refused, onDraft, isOver }: PartProps & { isOver: boolean }) {
  const { unit, isFloor = false } = METRICS[draft.metric];
  const side = isFloor ? "below" : "above";
  const empty = isOver ? "As before" : "None";
  return (
    <div className={styles.pair}>
      <NumberField label={`Warning ${side}`} unit={UNIT_WORDS[unit]} value={draft.warning} refusal={refused.warning} placeholder={empty}
                   onChange={(warning) => onDraft({ warning })} data-autofocus />
      <NumberField label={`Critical ${side}`} unit={UNIT_WORDS[unit]} value={draft.critical} refusal={refused.critical} placeholder={empty}
                   onChange={(critical) => onDraft({ critical })} />
      {draft.metric === "response_time" && (
        <NumberField label="Of the percentile" value={draft.percentile} refusal={refused.share} onChange={(percentile) => onDraft({ percentile })} />
      )}
    </div>
  );
}

function Scope({ draft, refused, onDraft, endpoints }: PartProps & Pick<Props, "endpoints">) {
  return (
    <>
      <TextField label="Endpoints" value={draft.appliesTo} refusal={refused.applies_to} placeholder="All" choices={endpoints}
                 hint="A name, or a pattern such as POST /api/*: there it takes the place of the default rules of the same kind"
                 onChange={(appliesTo) => onDraft({ appliesTo })} />
      <PriorityField value={draft.priority} onChange={(priority) => onDraft({ priority })} />
    </>
  );
}

/** What is usually left as it is. */
function More({ draft, refused, onDraft }: PartProps) {
  const isRefused = [refused.name, refused.id, refused.keep_seconds, refused.window_seconds, refused.clear_seconds, refused.minimum_samples].some(Boolean);
  return (
    <details className={styles.more} open={isRefused || undefined}>
      <summary>Name, and for how long</summary>
      <div>
        <TextField label="Name" value={draft.name} refusal={refused.name ?? refused.id} maxLength={200} placeholder="What it looks at"
                   onChange={(name) => onDraft({ name })} />
        <div className={styles.pair}>
          <NumberField label="Fires after" unit="s" value={draft.keepSeconds} refusal={refused.keep_seconds} onChange={(keepSeconds) => onDraft({ keepSeconds })} />
          <NumberField label="Over after" unit="s" value={draft.clearSeconds} refusal={refused.clear_seconds} onChange={(clearSeconds) => onDraft({ clearSeconds })} />
        </div>
        <div className={styles.pair}>
          <NumberField label="Looks back" unit="s" value={draft.windowSeconds} refusal={refused.window_seconds} onChange={(windowSeconds) => onDraft({ windowSeconds })} />
          <NumberField label="Judges from" unit="requests" value={draft.minimumSamples} refusal={refused.minimum_samples}
                       onChange={(minimumSamples) => onDraft({ minimumSamples })} />
        </div>
      </div>
    </details>
  );
}
