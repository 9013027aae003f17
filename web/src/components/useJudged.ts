import { useMemo } from "react";
import type { Client, Settings } from "../api/client";
import { alertsAsked } from "../model/alerts";
import { judgedById, type JudgedById } from "../model/judged";
import type { Traffic } from "../model/traffic";
import { slowly, usePolled } from "./usePolled";

export interface JudgedNow {
  judged: JudgedById;
  /** Asks at once: after somebody acted. */
  again(): void;
}

/** What alerts and objectives say of some endpoints now. */
export function useJudged(client: Client, { enable_alerts: isOn }: Settings, asOf: number, traffic: Traffic): JudgedNow {
  const key = JSON.stringify(traffic);
  const alerts = usePolled(() => client.alerts(alertsAsked(traffic, null)), isOn ? key : null, asOf);
  const objectives = usePolled(() => client.objectives(traffic), key, slowly(asOf));
  const judged = useMemo(() => judgedById(alerts.answer, objectives.answer), [alerts.answer, objectives.answer]);
  return { judged, again: alerts.again };
}
