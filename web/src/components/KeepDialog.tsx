import { useState } from "react";
import type { Client, Objective } from "../api/client";
import { promiseWords, scopeWords } from "../model/objectives";
import { forEndpoint } from "../model/whatif";
import { Segments } from "./Control";
import { Dialog } from "./Dialog";
import styles from "./form.module.css";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import { TakeBackDialog } from "./TakeBackDialog";
import type { By } from "./useSigned";

/** An objective to be kept, tried on an endpoint; or one of the page to be taken back. */
export type AskedChange =
  | { kind: "keep"; objective: Objective; endpointId: string; endpoint: string }
  | { kind: "delete"; objective: Objective };

interface Props {
  client: Client;
  by: By;
  asked: AskedChange | null;
  onClose(isDone: boolean): void;
}

export function KeepDialog({ asked, ...props }: Props) {
  const leaving = asked?.kind === "delete" ? asked.objective : null;
  return (
    <>
      <Dialog title="Keep this objective" isOpen={asked?.kind === "keep"} onClose={() => props.onClose(false)}>
        {asked?.kind === "keep" && <KeepForm {...props} asked={asked} />}
      </Dialog>
      <TakeBackDialog by={props.by} isOpen={leaving !== null} onClose={props.onClose}
                      send={({ author, reason }) => props.client.deleteObjective(leaving!.id, author, reason)}>
        {leaving && `${promiseWords({ ...leaving, bound: leaving.bound ?? null })}, for ${scopeOf(leaving)}. What it stands in place of holds again.`}
      </TakeBackDialog>
    </>
  );
}

type Scope = "endpoint" | "all";

function KeepForm({ client, by, asked, onClose }: Omit<Props, "asked"> & { asked: AskedChange & { kind: "keep" } }) {
  const [scope, setScope] = useState<Scope>("endpoint");
  const { objective, endpointId, endpoint } = asked;
  const kept = scope === "endpoint" ? forEndpoint(objective, endpointId, endpoint) : objective;
  const send = async (signed: Signed) => {
    await client.saveObjective({ objective: kept, ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Keep" send={send} onCancel={() => onClose(false)}>
      <p>{promiseWords({ ...kept, bound: kept.bound ?? null })}, for {scopeOf(kept)}.</p>
      <div className={styles.label}>
        For
        <Segments<Scope> label="For" value={scope} onChange={setScope}
                         segments={[{ value: "endpoint", content: "This endpoint" }, { value: "all", content: "All that it holds for" }]} />
      </div>
      <p>It wins over what the settings say under its id, and over what holds by priority, until it is taken back.</p>
    </SignedForm>
  );
}


function scopeOf({ pattern = "", priority = null }: Objective): string {
  return scopeWords({ pattern, priority });
}
