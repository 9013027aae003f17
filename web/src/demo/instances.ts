import type { InstanceRow } from "../api/client";

/** The four workers of the story. */
export function instancesAt(now: number): InstanceRow[] {
  return [4711, 4712, 4713, 4714].map((pid) => ({
    id: `shop-1-${pid}`, service: "shop-api", version: "v2.31.0", environment: "production",
    host: "shop-1", pid, started_at: now - 86_400, seen_at: now - 1, is_alive: true, in_flight: 10,
    open_connections: 78, dropped_requests: 0, dropped_batches: 0, dropped_windows: 0, requests_in_dropped_windows: 0, buffered_batches: 0,
    longest_stretch_seconds: 0.0002, cpu_seconds: 345, resident_bytes: 84e6, last_error: "",
    judged: null,
  }));
}
