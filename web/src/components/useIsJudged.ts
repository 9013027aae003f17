import type { Client } from "../api/client";
import { ALL_TRAFFIC } from "../model/traffic";
import { useInstances } from "./useInstances";

const EVERY_SECONDS = 60;

/** Whether a process that reports judges what is measured; null before that is known. */
export function useIsJudged(client: Client, asOf: number): boolean | null {
  const { rows } = useInstances(client, ALL_TRAFFIC, Math.floor(asOf / EVERY_SECONDS));
  return rows && rows.some(({ judged, is_alive: isAlive }) => isAlive && judged !== null);
}
