import { expect, test } from "vitest";
import type { InstanceRow } from "../api/client";
import { formatAddress, parseAddress } from "./address";
import { DEFAULT_FLEET, factsOf, fleetAfterClick, fleetGroups, fleetWords } from "./fleet";

function process(host: string, pid: number, wanted: Partial<InstanceRow> = {}): InstanceRow {
  return {
    id: `${host}-${pid}`, service: "shop", version: "v1", environment: "live", host, pid,
    started_at: 0, seen_at: 99, is_alive: true, in_flight: 0, open_connections: 0,
    dropped_requests: 0, dropped_batches: 0, dropped_windows: 0,
    requests_in_dropped_windows: 0, judged: null, buffered_batches: 0, longest_stretch_seconds: 0,
    cpu_seconds: 1, resident_bytes: 1e6, last_error: "", process_cpu_seconds: 9, pauses: null, ...wanted,
  };
}

const pidsOf = (rows: readonly InstanceRow[]) => rows.map(({ pid }) => pid);
const FLEET = Array.from({ length: 12 }, (_, index) =>
  process(`host-${index % 2}`, index, { service: index < 3 ? "mail" : "shop", resident_bytes: index * 1e6 }));

test("a few processes stand together, by host and number", () => {
  const groups = fleetGroups([process("b", 1), process("a", 10), process("a", 9)], DEFAULT_FLEET);
  expect(groups.map(({ name }) => name)).toEqual([null]);
  expect(pidsOf(groups[0]!.rows)).toEqual([9, 10, 1]);
});

test("many stand by service, and by host where there is one service", () => {
  expect(fleetGroups(FLEET, DEFAULT_FLEET).map(({ name, words }) => [name, words])).toEqual([
    ["mail", "3 processes"], ["shop", "9 processes"],
  ]);
  const shop = FLEET.slice(3);
  expect(fleetGroups(shop, DEFAULT_FLEET).map(({ name }) => name)).toEqual(["host-0", "host-1"]);
  expect(fleetGroups(shop, { ...DEFAULT_FLEET, grouping: "none" })).toHaveLength(1);
});

test("a click sorts by the largest first, and a second one turns it round", () => {
  const largest = fleetAfterClick({ ...DEFAULT_FLEET, grouping: "none" }, "memory");
  expect(pidsOf(fleetGroups(FLEET, largest)[0]!.rows).slice(0, 2)).toEqual([11, 10]);
  expect(pidsOf(fleetGroups(FLEET, fleetAfterClick(largest, "memory"))[0]!.rows)[0]).toBe(0);
});

test("a fleet says how many are silent", () => {
  const rows = [process("a", 1), process("b", 2, { is_alive: false })];
  expect(fleetWords(rows)).toBe("2 processes, 1 silent: 1 service, 2 hosts");
  expect(fleetWords([])).toBe("none reports");
});

test("requests dropped one by one and with their windows are one number", () => {
  const facts = factsOf(process("a", 1, { dropped_requests: 2, requests_in_dropped_windows: 1 }), 100);
  expect(facts.find(({ column }) => column === "dropped")).toMatchObject({ text: "3", isNothing: false });
});

test("of a process whose loop is not watched no lag is told", () => {
  const lag = factsOf(process("a", 1), 100).find(({ column }) => column === "lag");
  expect(lag).toMatchObject({ text: "–", isNothing: true });
});

test("order and groups are kept in the address", () => {
  const address = parseAddress("#/health?by=-memory&group=host");
  expect(address.fleet).toEqual({ column: "memory", isAscending: false, grouping: "host" });
  expect(formatAddress(address)).toBe("#/health?by=-memory&group=host");
  expect(formatAddress(parseAddress("#/health?by=nonsense"))).toBe("#/health");
});
