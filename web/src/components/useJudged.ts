import { useMemo } from "react";
import type { Client, Settings } from "../api/client";
import { ASKED_ALERTS, judgedById, type JudgedById } from "../model/judged";
import { ALL_TRAFFIC } from "../model/traffic";
import { slowly, usePolled } from "./usePolled";

export interface JudgedNow {
  judged: JudgedById;
  /** Asks at once: after somebody acted. */
  again(): void;
}

/** What alerts and objectives say of every endpoint now, whatever is filtered. */
export function useJudged(client: Client, { enable_alerts: isOn }: Settings, asOf: number): JudgedNow {
  const alerts = usePolled(() => client.alerts(ASKED_ALERTS), isOn ? "alerts" : null, asOf);
  const objectives = usePolled(() => client.objectives(ALL_TRAFFIC), "objectives", slowly(asOf));
  const judged = useMemo(() => judgedById(alerts.answer, objectives.answer), [alerts.answer, objectives.answer]);
  return { judged, again: alerts.again };
}
