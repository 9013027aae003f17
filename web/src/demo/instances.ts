import type { InstanceRow } from "../api/client";
import { noise } from "./noise";

/** The four workers of the story. */
export function instancesAt(now: number): InstanceRow[] {
  return [4711, 4712, 4713, 4714].map((pid) => instance("shop-api", "shop-1", pid, now));
}

const FLEET: readonly [service: string, hosts: number][] = [["shop-api", 8], ["search-api", 4], ["mail", 3]];
const WORKERS = 4;

/** Sixty processes of three services; one host fell silent, and one process lost something. */
export function fleetAt(now: number): InstanceRow[] {
  return FLEET.flatMap(([service, hosts]) =>
    Array.from({ length: hosts * WORKERS }, (_, index) => {
      const host = `${service.replace("-api", "")}-${1 + Math.floor(index / WORKERS)}`;
      const row = instance(service, host, 4711 + (index % WORKERS), now);
      return { ...row, ...troubleOf(row, now) };
    }));
}

function troubleOf({ host, pid }: InstanceRow, now: number): Partial<InstanceRow> {
  if (host === "search-3") return { is_alive: false, seen_at: now - 372, in_flight: 0 };
  if (host !== "mail-2" || pid !== 4713) return {};
  return {
    dropped_batches: 12, dropped_windows: 480, requests_in_dropped_windows: 7_210, buffered_batches: 60,
    last_error: "StoreUnavailable: redis://stores-1:6379 did not answer in 2 s",
  };
}

function instance(service: string, host: string, pid: number, now: number): InstanceRow {
  const spread = 1 + 0.2 * noise(host, pid);
  return {
    id: `${host}-${pid}`, service, version: service === "mail" ? "v1.4.2" : "v2.31.0",
    environment: "production", host, pid, started_at: now - 86_400, seen_at: now - 1, is_alive: true,
    in_flight: Math.round(10 * spread), open_connections: 78, dropped_requests: 0, dropped_batches: 0,
    dropped_windows: 0, requests_in_dropped_windows: 0, judged: null,
    buffered_batches: 0, longest_stretch_seconds: 0.0002 * spread, cpu_seconds: 345 * spread,
    resident_bytes: 84e6 * spread, last_error: "",
  };
}
