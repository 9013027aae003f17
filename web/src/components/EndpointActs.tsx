import { useState } from "react";
import type { Client } from "../api/client";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "../model/address";
import { canAct } from "../model/alerts";
import type { Judged } from "../model/judged";
import { ActDialog, type AskedAct } from "./ActDialog";
import { Button } from "./Control";
import controls from "./control.module.css";
import styles from "./endpointHead.module.css";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  address: Address;
  by: By;
  /** Whether the visitor may act; who may not is led to where it is shown. */
  mayAct: boolean;
  judged: Judged;
  onDone(): void;
}

/** What one can do about an endpoint: look after its alert, and change what was promised of it. */
export function EndpointActs({ client, address, by, mayAct, judged: { alert, goal }, onDone }: Props) {
  const [asked, setAsked] = useState<AskedAct | null>(null);
  const hrefFor = (screen: "alerts" | "objectives", opened: string) =>
    formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen, opened });
  const close = (isDone: boolean) => {
    setAsked(null);
    if (isDone) onDone();
  };
  const isActed = mayAct && alert !== null && alert.state !== "pending";
  return (
    <span className={styles.acts}>
      {isActed && canAct("acknowledge", alert) && <Button onClick={() => setAsked({ act: "acknowledge", alerts: [alert] })}>Acknowledge</Button>}
      {isActed && alert.state !== "silenced" && <Button onClick={() => setAsked({ act: "silence", alerts: [alert] })}>Silence</Button>}
      {alert !== null && !isActed && <a className={controls.button} href={hrefFor("alerts", alert.id)}>See the alert</a>}
      {goal !== null && <a className={controls.button} href={hrefFor("objectives", goal.id)}>{mayAct ? "Edit objective" : "See the objective"}</a>}
      <ActDialog {...{ client, by, asked }} onClose={close} />
    </span>
  );
}
