import { useState } from "react";
import type { Client, Objective } from "../api/client";
import { promiseWords, scopeWords } from "../model/objectives";
import { forEndpoint } from "../model/whatif";
import { Segments } from "./Control";
import { Dialog } from "./Dialog";
import styles from "./form.module.css";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

/** An objective to be kept, tried on an endpoint. */
export interface AskedKeep {
  objective: Objective;
  endpointId: string;
  endpoint: string;
}

interface Props {
  client: Client;
  by: By;
  asked: AskedKeep | null;
  onClose(isDone: boolean): void;
}

export function KeepDialog({ asked, ...props }: Props) {
  return (
    <Dialog title="Keep this objective" isOpen={asked !== null} onClose={() => props.onClose(false)}>
      {asked && <KeepForm {...props} asked={asked} />}
    </Dialog>
  );
}

type Scope = "endpoint" | "all";

function KeepForm({ client, by, asked, onClose }: Props & { asked: AskedKeep }) {
  const [scope, setScope] = useState<Scope>("endpoint");
  const { objective, endpointId, endpoint } = asked;
  const kept = scope === "endpoint" ? forEndpoint(objective, endpointId, endpoint) : objective;
  const { pattern = "", priority = null, bound = null } = kept;
  const send = async (signed: Signed) => {
    await client.saveObjective({ objective: kept, ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Keep" send={send} onCancel={() => onClose(false)}>
      <p>{promiseWords({ ...kept, bound })}, for {scopeWords({ pattern, priority })}.</p>
      <div className={styles.label}>
        For
        <Segments<Scope> label="For" value={scope} onChange={setScope}
                         segments={[{ value: "endpoint", content: "This endpoint" }, { value: "all", content: "All that it holds for" }]} />
      </div>
      <p>It wins over what the settings say under its id, and over what holds by priority, until it is taken back.</p>
    </SignedForm>
  );
}
