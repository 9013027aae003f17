import { useState } from "react";
import type { Advice, Client } from "../api/client";
import { type AdviceAct, ADVICE_STATE_WORDS } from "../model/advice";
import { Dialog } from "./Dialog";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

/** What is to be done about which recommendation. */
export interface AskedAdvice {
  act: AdviceAct;
  advice: Advice;
}

export const ADVICE_ACT_WORDS: Record<AdviceAct, string> = {
  accept: "Accept", apply: "Mark applied", dismiss: "Dismiss", reopen: "Reopen",
};

const MEANS: Record<AdviceAct, string> = {
  accept: `You will do it: ${ADVICE_STATE_WORDS.accepted.means}.`,
  apply: "It was done just now: the minutes before and after this moment are compared, and what it saved stands beside the estimate.",
  dismiss: `It will not be done: ${ADVICE_STATE_WORDS.dismissed.means}. Say why, for whoever looks next.`,
  reopen: "It goes back among the things to do.",
};

interface Props {
  client: Client;
  by: By;
  asked: AskedAdvice | null;
  onClose(isDone: boolean): void;
}

export function AdviceDialog({ asked, ...props }: Props) {
  return (
    <Dialog title={asked ? ADVICE_ACT_WORDS[asked.act] : ""} isOpen={asked !== null} onClose={() => props.onClose(false)}>
      {asked && <Form {...props} asked={asked} />}
    </Dialog>
  );
}

function Form({ client, by, asked: { act, advice }, onClose }: Props & { asked: AskedAdvice }) {
  const [isSent, setSent] = useState(false);
  const send = async (signed: Signed) => {
    if (isSent) return;
    await client.actOnAdvice(act, { ids: [advice.id], ...signed });
    setSent(true);
    onClose(true);
  };
  return (
    <SignedForm by={by} verb={ADVICE_ACT_WORDS[act]} send={send} onCancel={() => onClose(false)}>
      <p>{advice.title}{advice.endpoint && `, ${advice.endpoint}`}</p>
      <p>{MEANS[act]}</p>
    </SignedForm>
  );
}
