// What the page shows is written in its address, so that a link shows the same to somebody else.

import { type Range, rangeNamed } from "./ranges";
import { DEFAULT_SORT, PRIORITIES, type RowFilter, type Sort, SORT_COLUMNS } from "./rows";

export const SCREENS = [
  "overview", "endpoints", "objectives", "alerts", "recommendations", "live", "dashboards", "health",
] as const;
export type Screen = (typeof SCREENS)[number];

export interface Address {
  screen: Screen;
  /** Null: as the installation has it. */
  range: Range | null;
  filter: RowFilter;
  sort: Sort;
  /** The endpoint on the chart; null: all together. */
  endpointId: string | null;
  isTableView: boolean;
}

/** Reads `#/endpoints?range=1h&priority=high&sort=-p95`; what it does not know it leaves out. */
export function parseAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  return {
    screen: SCREENS.find((screen) => screen === path) ?? "endpoints",
    range: rangeNamed(given.get("range")),
    filter: {
      search: given.get("search") ?? "",
      priority: PRIORITIES.find((priority) => priority === given.get("priority")) ?? null,
      isStarredOnly: given.has("starred"),
      isNeverCalledOnly: given.has("never-called"),
    },
    sort: parseSort(given.get("sort") ?? ""),
    endpointId: given.get("endpoint"),
    isTableView: given.get("view") === "table",
  };
}

/** The shortest address for it: what is as usual is not written. */
export function formatAddress(address: Address): string {
  const { filter, sort, range } = address;
  const query = new URLSearchParams();
  if (range?.name) query.set("range", range.name);
  if (address.endpointId) query.set("endpoint", address.endpointId);
  if (filter.search) query.set("search", filter.search);
  if (filter.priority) query.set("priority", filter.priority);
  if (filter.isStarredOnly) query.set("starred", "1");
  if (filter.isNeverCalledOnly) query.set("never-called", "1");
  if (sort.column !== DEFAULT_SORT.column || sort.isAscending !== DEFAULT_SORT.isAscending) {
    query.set("sort", (sort.isAscending ? "" : "-") + sort.column);
  }
  if (address.isTableView) query.set("view", "table");
  const text = query.toString();
  return `#/${address.screen}${text && `?${text}`}`;
}

function parseSort(text: string): Sort {
  const column = SORT_COLUMNS.find((name) => name === text.replace(/^-/, ""));
  return column ? { column, isAscending: !text.startsWith("-") } : DEFAULT_SORT;
}

/** The token of a login address, `#token=…`; browsers send this part to no server. */
export function loginToken(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token");
}
