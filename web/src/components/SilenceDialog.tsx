// Plans a silence, or a maintenance window where it begins later.

import { useState } from "react";
import type { Client } from "../api/client";
import { timeZoneName } from "../format";
import { asSilence, lasting, newSilence, SILENCE_FIELDS, SILENCE_SPANS, type SilenceDraft } from "../model/silences";
import { Button, Segments } from "./Control";
import { Dialog } from "./Dialog";
import { TextField } from "./Field";
import styles from "./form.module.css";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  by: By;
  isOpen: boolean;
  endpoints: readonly string[];
  /** Ids of rules and objectives. */
  rules: readonly string[];
  onClose(isDone: boolean): void;
}

export function SilenceDialog({ isOpen, ...props }: Props) {
  return (
    <Dialog title="Plan a silence" isOpen={isOpen} onClose={() => props.onClose(false)}>
      {isOpen && <PlanForm {...props} />}
    </Dialog>
  );
}

const MEANS: Record<SilenceDraft["what"], string> = {
  endpoint: "Nobody is told of any alert of these endpoints.",
  rule: "Nobody is told of any alert of this rule or objective.",
  all: "Nobody is told of any alert: for a maintenance window of the whole service.",
};

function PlanForm({ client, by, endpoints, rules, onClose }: Omit<Props, "isOpen">) {
  const [draft, setDraft] = useState(() => newSilence(Date.now() / 1000));
  const onDraft = (part: Partial<SilenceDraft>) => setDraft((before) => ({ ...before, ...part }));
  const send = async (signed: Signed) => {
    await client.silence({ ...asSilence(draft), ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Silence" fields={SILENCE_FIELDS} send={send} onCancel={() => onClose(false)}>
      {(refused) => (
        <>
          <div className={styles.label}>
            <span>What</span>
            <Segments label="What" value={draft.what} onChange={(what) => onDraft({ what })} segments={[
              { value: "endpoint" as const, content: "Endpoints" }, { value: "rule" as const, content: "A rule" },
              { value: "all" as const, content: "Everything" },
            ]} />
          </div>
          {draft.what === "endpoint" && (
            <TextField label="Endpoints" value={draft.endpoint} refusal={refused.endpoint} choices={endpoints} data-autofocus
                       hint="A name, or a pattern such as GET /api/*" onChange={(endpoint) => onDraft({ endpoint })} />
          )}
          {draft.what === "rule" && (
            <TextField label="Rule or objective" value={draft.rule} refusal={refused.rule} choices={rules}
                       onChange={(rule) => onDraft({ rule })} />
          )}
          <p>{MEANS[draft.what]} What is silenced is judged and shown all the same.</p>
          <div className={styles.broad}>
            <TextField label="From" type="datetime-local" value={draft.from} refusal={refused.starts_at} hint="Empty: from now on"
                       onChange={(from) => onDraft({ from })} />
            <TextField label="Until" type="datetime-local" value={draft.until} refusal={refused.ends_at} hint={`Times in ${timeZoneName()}`}
                       onChange={(until) => onDraft({ until })} />
          </div>
          <Spans onChoose={(seconds) => setDraft(lasting(draft, seconds, Date.now() / 1000))} />
        </>
      )}
    </SignedForm>
  );
}

function Spans({ onChoose }: { onChoose(seconds: number): void }) {
  return (
    <div className={styles.spans} role="group" aria-label="Lasts">
      <span>Lasts</span>
      {SILENCE_SPANS.map(([seconds, words]) => <Button key={seconds} onClick={() => onChoose(seconds)}>{words}</Button>)}
    </div>
  );
}
