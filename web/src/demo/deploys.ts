// The story's deploys: v2.31.0 at 13:51, as the design has it, and what it did to the checkout.

import type { DeployPage, EndpointSummary, UsualPage, VersionPage, VersionRow } from "../api/client";

const AGO = [480, 3 * 3600, 26 * 3600];
const VERSIONS = ["v2.31.0", "v2.30.2", "v2.30.1"];

function deployedAt(now: number, index: number): number {
  return Math.floor(now / 60) * 60 - AGO[index]!;
}

export function deploysAt(now: number, seconds: number): DeployPage {
  const deploys = VERSIONS.map((version, index) => ({
    at: deployedAt(now, index), service: "shop-api", environment: "production", version,
    previous: VERSIONS[index + 1] ?? "v2.30.0", author: index === 0 ? "pipeline" : "judge",
    note: index === 0 ? "tax per item" : "", source: index === 0 ? "operator" : "instances",
  })).filter(({ at }) => at >= now - seconds);
  return { start: now - seconds, end: now, as_of: now, total: deploys.length, deploys };
}

export function versionsOf(now: number, seconds: number, row: EndpointSummary): VersionPage {
  const versions = VERSIONS.slice(0, 2).map((version, index): VersionRow => ({
    version, deployed_at: deployedAt(now, index), first_at: index === 0 ? deployedAt(now, 0) : now - seconds,
    last_at: index === 0 ? now : deployedAt(now, 0), request_count: Math.round(row.request_count * (index === 0 ? 0.6 : 0.4)),
    error_count: Math.round(row.error_count * (index === 0 ? 0.9 : 0.1)), rate_per_second: row.rate_per_second,
    error_ratio: row.error_ratio && row.error_ratio * (index === 0 ? 1.5 : 0.25), response_time: scaled(row, index === 0 ? 1 : 0.42),
  }));
  const change = {
    version: VERSIONS[0]!, previous: VERSIONS[1]!, p50_change_ratio: 1.38, p95_change_ratio: 1.38, p99_change_ratio: 1.38,
    rate_change_ratio: 0, error_ratio_change: (versions[0]!.error_ratio ?? 0) - (versions[1]!.error_ratio ?? 0),
  };
  return { endpoint_id: row.id, start: now - seconds, end: now, as_of: now, versions, change };
}

function scaled({ response_time: times }: EndpointSummary, factor: number): EndpointSummary["response_time"] {
  const of = (value: number | null) => value && value * factor;
  return {
    ...times, p50_seconds: of(times.p50_seconds), p95_seconds: of(times.p95_seconds), p99_seconds: of(times.p99_seconds),
  };
}

const HOUR = 3600;

/** The checkout was quicker on all days before; every other endpoint is as it was. */
export function usualOf(now: number, seconds: number, row: EndpointSummary): UsualPage {
  const first = Math.floor((now - seconds) / HOUR) * HOUR;
  const usual = (row.response_time.p95_seconds ?? 0) * (row.template === "/api/checkout" ? 0.63 : 1);
  const hours = Array.from({ length: Math.ceil((now - first) / HOUR) }, (_, index) => ({
    start: first + index * HOUR, end: first + (index + 1) * HOUR, low_seconds: usual * (0.9 + 0.01 * index), high_seconds: usual * 1.12, day_count: 14,
  }));
  return { endpoint_id: row.id, start: now - seconds, end: now, as_of: now, hours };
}
