import type { HealthLine, InstanceRow } from "../api/client";
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

/** One process of the shop prints a report in a coroutine. */
const PAUSES: InstanceRow["pauses"] = {
  loop_count: 1, lag_p99_seconds: 0.36, lag_max_seconds: 0.38, blocked_count: 214, blocked_seconds: 77,
  longest_block: { at: 0, seconds: 0.38, place: "shop/admin.py:34 in report", endpoint: "GET /api/admin/report" },
  pools: [{ name: "anyio", busy: 3, size: 40, waiting: 0 }], collections: [],
};

function pausesOf(host: string, pid: number): InstanceRow["pauses"] {
  if (host === "shop-1" && pid === 4712) return PAUSES;
  const lag = 0.002 * (1 + 0.2 * noise(host, pid));
  return { ...PAUSES, lag_p99_seconds: lag, lag_max_seconds: 2 * lag, longest_block: null };
}

/** What the Health line says of it. */
export function fleetHealth(now: number): Partial<HealthLine> {
  const rows = fleetAt(now);
  const sum = (of: (row: InstanceRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    is_ok: false, store_kind: "redis", lease_holder: "shop-1-4711",
    instance_count: rows.filter((row) => row.is_alive).length,
    dropped_windows: sum((row) => row.dropped_windows), dropped_batches: sum((row) => row.dropped_batches),
    requests_in_dropped_windows: sum((row) => row.requests_in_dropped_windows),
    problems: ["mail-2, pid 4713: the store did not take 480 windows."],
  };
}

function troubleOf({ host, pid }: InstanceRow, now: number): Partial<InstanceRow> {
  if (host === "search-3") return { is_alive: false, seen_at: now - 372, in_flight: 0 };
  if (host !== "mail-2" || pid !== 4713) return {};
  return {
    dropped_batches: 12, dropped_windows: 480, requests_in_dropped_windows: 7_210, buffered_batches: 60,
    last_error: "StoreUnavailable: redis://stores-1:6379 did not answer in 2 s",
  };
}

function judgedAt(now: number): InstanceRow["judged"] {
  return {
    at: now - 4, since: now - 7200, pid: 4720, fencing: 1, request_count: 1_100_000, endpoint_count: 22, cpu_seconds: 88,
    resident_bytes: 61e6,
  };
}

function instance(service: string, host: string, pid: number, now: number): InstanceRow {
  const spread = 1 + 0.2 * noise(host, pid);
  return {
    id: `${host}-${pid}`, service, version: service === "mail" ? "v1.4.2" : "v2.31.0",
    environment: "production", host, pid, started_at: now - 86_400, seen_at: now - 1, is_alive: true,
    in_flight: Math.round(10 * spread), open_connections: 78, dropped_requests: 0, dropped_batches: 0,
    dropped_windows: 0, requests_in_dropped_windows: 0, judged: host === "shop-1" && pid === 4711 ? judgedAt(now) : null,
    buffered_batches: 0, longest_stretch_seconds: 0.0002 * spread, cpu_seconds: 345 * spread,
    resident_bytes: 84e6 * spread, last_error: "",
    process_cpu_seconds: 4_310 * spread, pauses: pausesOf(host, pid),
  };
}
