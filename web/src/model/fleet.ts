// The processes that report: in which order they stand, and in which groups.

import type { InstanceRow } from "../api/client";
import * as format from "../format";
import { lagSeconds } from "./pauses";

export const FLEET_COLUMNS = [
  "process", "service", "state", "since", "in-flight", "buffered", "dropped", "cpu", "memory", "stretch",
  "lag",
] as const;
export type FleetColumn = (typeof FLEET_COLUMNS)[number];

export const FLEET_WORDS: Record<FleetColumn, string> = {
  process: "Process", service: "Service, version", state: "Last seen", since: "Running for",
  "in-flight": "In flight", buffered: "Buffered", dropped: "Dropped", cpu: "Our CPU time",
  memory: "Memory", stretch: "Longest stretch", lag: "Loop lag, p99",
};

export const GROUPINGS = ["none", "service", "host"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** How the fleet is laid out; null: by how many there are. */
export interface FleetLook {
  column: FleetColumn;
  isAscending: boolean;
  grouping: Grouping | null;
}

export const DEFAULT_FLEET: FleetLook = { column: "process", isAscending: true, grouping: null };

/** Reads `by=-memory` and `group=host` of an address. */
export function parseFleet(by: string, group: string): FleetLook {
  const column = FLEET_COLUMNS.find((name) => name === by.replace(/^-/, ""));
  const grouping = GROUPINGS.find((name) => name === group) ?? null;
  if (!column) return { ...DEFAULT_FLEET, grouping };
  return { column, isAscending: !by.startsWith("-"), grouping };
}

export function fleetPairs({ column, isAscending, grouping }: FleetLook): Record<string, string> {
  const isUsual = column === DEFAULT_FLEET.column && isAscending;
  return {
    ...(isUsual ? {} : { by: (isAscending ? "" : "-") + column }),
    ...(grouping === null ? {} : { group: grouping }),
  };
}

/** The largest number comes first at a click, and words from A; a second click turns it round. */
export function fleetAfterClick(look: FleetLook, column: FleetColumn): FleetLook {
  const isWord = column === "process" || column === "service";
  return { ...look, column, isAscending: look.column === column ? !look.isAscending : isWord };
}

const VALUES: Record<FleetColumn, (row: InstanceRow) => number | string> = {
  process: (row) => row.host,
  service: (row) => `${row.service} ${row.environment} ${row.version}`,
  state: (row) => -row.seen_at,
  since: (row) => -row.started_at,
  "in-flight": (row) => row.in_flight,
  buffered: (row) => row.buffered_batches,
  dropped: (row) => row.dropped_requests + row.requests_in_dropped_windows,
  cpu: (row) => row.cpu_seconds,
  memory: (row) => row.resident_bytes,
  stretch: (row) => row.longest_stretch_seconds,
  lag: (row) => lagSeconds(row) ?? 0,
};

function sortedFleet(rows: readonly InstanceRow[], { column, isAscending }: FleetLook): InstanceRow[] {
  const direction = isAscending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [VALUES[column](a), VALUES[column](b)];
    const byValue = left < right ? -1 : left > right ? 1 : 0;
    return byValue * direction || compareProcesses(a, b);
  });
}

function compareProcesses(a: InstanceRow, b: InstanceRow): number {
  if (a.host !== b.host) return a.host < b.host ? -1 : 1;
  return a.pid - b.pid || (a.id < b.id ? -1 : 1);
}

const READ_AT_A_GLANCE = 8; // rows; more are grouped

/** By service where many are of several, else by host where they are on several. */
export function groupingOf(rows: readonly InstanceRow[], { grouping }: FleetLook): Grouping {
  if (grouping !== null) return grouping;
  if (rows.length <= READ_AT_A_GLANCE) return "none";
  if (distinct(rows, "service") > 1) return "service";
  return distinct(rows, "host") > 1 ? "host" : "none";
}

function distinct(rows: readonly InstanceRow[], part: "service" | "host"): number {
  return new Set(rows.map((row) => row[part])).size;
}

export interface FleetGroup {
  /** Of the service or the host; null where all stand together. */
  name: string | null;
  rows: InstanceRow[];
  /** “20 processes, 1 silent”. */
  words: string;
}

/** Groups stand by name whatever the order, so that they do not move while one watches. */
export function fleetGroups(rows: readonly InstanceRow[], look: FleetLook): FleetGroup[] {
  const grouping = groupingOf(rows, look);
  const sorted = sortedFleet(rows, look);
  if (grouping === "none") return [{ name: null, rows: sorted, words: processWords(sorted) }];
  const names = [...new Set(sorted.map((row) => row[grouping]))].sort();
  return names.map((name) => {
    const own = sorted.filter((row) => row[grouping] === name);
    return { name: name || "without a name", rows: own, words: processWords(own) };
  });
}

function processWords(rows: readonly InstanceRow[]): string {
  const silent = rows.filter((row) => !row.is_alive).length;
  return [counted(rows.length, "process", "processes"), ...(silent > 0 ? [`${silent} silent`] : [])].join(", ");
}

function counted(count: number, one: string, many: string): string {
  return `${format.count(count)} ${count === 1 ? one : many}`;
}

/** “60 processes, 2 silent: 3 services, 12 hosts”. */
export function fleetWords(rows: readonly InstanceRow[]): string {
  const services = counted(distinct(rows, "service"), "service", "services");
  const hosts = counted(distinct(rows, "host"), "host", "hosts");
  return rows.length === 0 ? "none reports" : `${processWords(rows)}: ${services}, ${hosts}`;
}

/** It is silent, lost something, or could not do something. */
export function isTroubled(row: InstanceRow): boolean {
  return !row.is_alive || row.dropped_requests + row.dropped_batches > 0 || row.last_error !== "";
}

export interface FleetFact {
  column: FleetColumn;
  text: string;
  isNothing: boolean;
  /** Something was lost. */
  isBad: boolean;
}

function lagFact(seconds: number | null): FleetFact {
  return { column: "lag", text: seconds === null ? "–" : format.duration(seconds), isNothing: seconds === null, isBad: false };
}

/** The numbers of a process, in the order of the columns. */
export function factsOf(row: InstanceRow, asOf: number): FleetFact[] {
  const fact = (column: FleetColumn, text: string, isNothing = false) => (
    { column, text, isNothing, isBad: column === "dropped" && !isNothing });
  const counted = (column: FleetColumn, count: number) => fact(column, format.count(count), count === 0);
  return [
    fact("since", format.age(asOf - row.started_at)),
    counted("in-flight", row.in_flight),
    counted("buffered", row.buffered_batches),
    counted("dropped", row.dropped_requests + row.requests_in_dropped_windows),
    fact("cpu", format.duration(row.cpu_seconds), row.cpu_seconds === 0),
    fact("memory", format.size(row.resident_bytes)),
    fact("stretch", format.duration(row.longest_stretch_seconds), row.longest_stretch_seconds === 0),
    lagFact(lagSeconds(row)),
  ];
}

/** “shop-api · production · v2.31.0”. */
export function placeWords({ service, environment, version }: InstanceRow): string {
  return [service, environment, version].filter(Boolean).join(" · ") || "–";
}
