import type { Client, Settings } from "../api/client";
import { firingCount } from "../model/alerts";
import { usePolled } from "./usePolled";

const ASKED = { search: "", priority: null, states: [], limit: 1 }; // it is the counts that are wanted
const EVERY_SECONDS = 10; // as often as alerts are judged

/** How many alerts need somebody, whatever is filtered; null where nothing is evaluated. */
export function useFiring(client: Client, { enable_alerts: isOn }: Settings, asOf: number): number | null {
  const turn = Math.floor(asOf / EVERY_SECONDS) * EVERY_SECONDS;
  const { answer } = usePolled(() => client.alerts(ASKED), isOn ? "firing" : null, turn);
  return firingCount(answer?.counts ?? null);
}
