import { useState } from "react";
import type { AlertRow, Client, NewSilence } from "../api/client";
import { type Act, canAct } from "../model/alerts";
import { SILENCE_SPANS, type SilenceScope, silenceScopes } from "../model/silences";
import { Segments } from "./Control";
import { Dialog } from "./Dialog";
import styles from "./form.module.css";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

/** What is to be done about which alerts. */
export interface AskedAct {
  act: Act | "silence";
  alerts: readonly AlertRow[];
}

interface Props {
  client: Client;
  by: By;
  asked: AskedAct | null;
  /** Takes what was done; null: nothing was. */
  onClose(isDone: boolean): void;
}

export function ActDialog({ asked, ...props }: Props) {
  return (
    <Dialog title={asked ? TITLES[asked.act] : ""} isOpen={asked !== null} onClose={() => props.onClose(false)}>
      {asked?.act === "silence" && asked.alerts[0] && <SilenceForm {...props} alert={asked.alerts[0]} />}
      {asked && asked.act !== "silence" && <ActForm {...props} act={asked.act} alerts={asked.alerts} />}
    </Dialog>
  );
}

const TITLES = { acknowledge: "Acknowledge", resolve: "Resolve", silence: "Silence" };

const MEANS: Record<Act, string> = {
  acknowledge: "You look after it: nobody is reminded, until it worsens, or ends and comes back.",
  resolve: "You say that it is over: it fires anew only once it was clear.",
};

type FormProps = Omit<Props, "asked">;

function ActForm({ client, by, onClose, act, alerts }: FormProps & { act: Act; alerts: readonly AlertRow[] }) {
  const meant = alerts.filter((alert) => canAct(act, alert));
  const send = async (signed: Signed) => {
    await client.act(act, { ids: meant.map(({ id }) => id), ...signed });
    onClose(true);
  };
  return (
    <SignedForm by={by} verb={TITLES[act]} send={send} onCancel={() => onClose(false)}>
      <p>{meant.length === 1 ? meant[0]!.message : `${meant.length} alerts`}</p>
      <p>{MEANS[act]}</p>
    </SignedForm>
  );
}

function SilenceForm({ client, by, onClose, alert }: FormProps & { alert: AlertRow }) {
  const scopes = silenceScopes(alert);
  const [scope, setScope] = useState<SilenceScope["name"]>("alert");
  const [seconds, setSeconds] = useState<number>(3600);
  const chosen = scopes.find(({ name }) => name === scope) ?? scopes[0]!;
  const send = async (signed: Signed) => {
    const body: NewSilence = { ...chosen.matcher, ...signed, ends_at: Date.now() / 1000 + seconds };
    await client.silence(body);
    onClose(true);
  };
  return (
    <SignedForm by={by} verb="Silence" send={send} onCancel={() => onClose(false)}>
      <div className={styles.label}>
        What
        <Segments label="What" value={scope} onChange={setScope}
                  segments={scopes.map(({ name, word }) => ({ value: name, content: word }))} />
      </div>
      <p>{chosen.means} It is judged and shown all the same.</p>
      <div className={styles.label}>
        For
        <Segments label="For" value={seconds} onChange={setSeconds}
                  segments={SILENCE_SPANS.map(([value, content]) => ({ value, content }))} />
      </div>
    </SignedForm>
  );
}
