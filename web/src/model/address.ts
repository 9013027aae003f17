// What the page shows is written in its address, so that a link shows the same to somebody else.

import type { AlertState } from "../api/client";
import { TILE_STATES } from "./alerts";
import { type OptionalColumn, parseHidden } from "./columns";
import { type FleetLook, fleetPairs, parseFleet } from "./fleet";
import { type Range, rangeBetween, rangeNamed } from "./ranges";
import { DEFAULT_SORT, type RowFilter, type Sort, SORT_COLUMNS } from "./rows";
import { parseTraffic, type Traffic, trafficPairs } from "./traffic";

export const SCREENS = [
  "overview", "endpoints", "objectives", "alerts", "trends", "recommendations", "live", "dashboards", "health",
  "settings",
] as const;
export type Screen = (typeof SCREENS)[number];

export interface Address {
  screen: Screen;
  /** Null: as the installation and the age of what was measured have it. */
  range: Range | null;
  /** Whether the period before the range is shown too. */
  isCompared: boolean;
  /** What all numbers are of. */
  traffic: Traffic;
  /** Which of those endpoints the table lists. */
  filter: RowFilter;
  sort: Sort;
  /** Columns that the table of endpoints goes without. */
  hiddenColumns: readonly OptionalColumn[];
  /** Order and groups of the processes that report. */
  fleet: FleetLook;
  /** The endpoint on the chart; null: all together. */
  endpointId: string | null;
  isTableView: boolean;
  /** Of an endpoint's response time: the coming hours instead of those gone. */
  isForecast: boolean;
  /** Alerts: the one state that is listed; null: all. */
  alertState: AlertState | null;
  /** What is unfolded: an alert or a finding by its id, an endpoint under an objective by both. */
  opened: string | null;
}

/** What belongs to one screen, and is left behind with it. */
export const OWN_TO_A_SCREEN = { endpointId: null, alertState: null, opened: null } satisfies Partial<Address>;

/** Reads `#/endpoints?range=1h&priority=high&sort=-p95`; what it does not know it leaves out. */
export function parseAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  return {
    screen: SCREENS.find((screen) => screen === path) ?? "overview",
    range: parseRange(given),
    isCompared: given.get("compare") === "previous",
    traffic: parseTraffic(given),
    filter: { isStarredOnly: given.has("starred"), isNeverCalledOnly: given.has("never-called") },
    sort: parseSort(given.get("sort") ?? ""),
    hiddenColumns: parseHidden(given.get("hide") ?? ""),
    fleet: parseFleet(given.get("by") ?? "", given.get("group") ?? ""),
    endpointId: given.get("endpoint"),
    isTableView: given.get("view") === "table",
    isForecast: given.get("forecast") === "shown",
    alertState: TILE_STATES.find((state) => state === given.get("state")) ?? null,
    opened: given.get("open"),
  };
}

/** The shortest address for it: what is as usual is not written. */
export function formatAddress(address: Address): string {
  const { filter, sort } = address;
  const query = new URLSearchParams(rangePairs(address.range));
  if (address.isCompared) query.set("compare", "previous");
  if (address.endpointId) query.set("endpoint", address.endpointId);
  for (const [name, value] of trafficPairs(address.traffic)) query.append(name, value);
  if (filter.isStarredOnly) query.set("starred", "1");
  if (filter.isNeverCalledOnly) query.set("never-called", "1");
  if (sort.column !== DEFAULT_SORT.column || sort.isAscending !== DEFAULT_SORT.isAscending) {
    query.set("sort", (sort.isAscending ? "" : "-") + sort.column);
  }
  if (address.hiddenColumns.length > 0) query.set("hide", address.hiddenColumns.join(","));
  for (const [name, value] of Object.entries(fleetPairs(address.fleet))) query.set(name, value);
  if (address.isTableView) query.set("view", "table");
  if (address.isForecast && address.endpointId !== null) query.set("forecast", "shown");
  if (address.alertState) query.set("state", address.alertState);
  if (address.opened) query.set("open", address.opened);
  const text = query.toString();
  return `#/${address.screen}${text && `?${text}`}`;
}

/** `from` and `to` in Unix seconds, or the name of a range up to now. */
function parseRange(given: URLSearchParams): Range | null {
  const [from, to] = [given.get("from"), given.get("to")].map((text) => Number(text || NaN));
  return rangeBetween(from!, to!) ?? rangeNamed(given.get("range"));
}

function rangePairs(range: Range | null): Record<string, string> {
  if (range?.span) return { from: String(range.span.start), to: String(range.span.end) };
  return range?.name ? { range: range.name } : {};
}

function parseSort(text: string): Sort {
  const column = SORT_COLUMNS.find((name) => name === text.replace(/^-/, ""));
  return column ? { column, isAscending: !text.startsWith("-") } : DEFAULT_SORT;
}

/** The token of a login address, `#token=…`; browsers send this part to no server. */
export function loginToken(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token");
}
