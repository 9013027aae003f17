// Which columns the table of endpoints has, and how wide they are.

export const OPTIONAL_COLUMNS = [
  "priority", "rate", "p50", "p95", "p99", "errors", "share", "sparkline", "budget",
] as const;
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];
export type TableColumn = "star" | "endpoint" | OptionalColumn;

export const TABLE_COLUMNS: readonly TableColumn[] = [
  "star", "priority", "endpoint", "rate", "p50", "p95", "p99", "errors", "share", "sparkline", "budget",
];

export const COLUMN_WORDS: Record<OptionalColumn, string> = {
  priority: "Priority", rate: "Rate", p50: "p50", p95: "p95", p99: "p99", errors: "Errors",
  share: "Share of time", sparkline: "p95 over time", budget: "Budget left",
};

// px, as endpointTable.module.css has them; the endpoint takes what is left
const WIDE: Record<TableColumn, number> = {
  star: 40, priority: 98, endpoint: 0, rate: 84, p50: 80, p95: 80, p99: 80, errors: 68, share: 152,
  sparkline: 124, budget: 132,
};
const SNUG = { ...WIDE, budget: 0 };
const NARROW = { ...SNUG, priority: 44, share: 84, sparkline: 0 };
const CHANGE_WIDTH = 106;

/** How much of the columns there is room for beside the endpoint's name. */
export type Fit = "wide" | "snug" | "narrow";

/** Of a table so many px wide. */
export function fitOf(width: number): Fit {
  if (width < 1000) return "narrow";
  return width < 1140 ? "snug" : "wide";
}

/** What all columns but the endpoint's take of the table, in px. */
export function takenWidth(columns: readonly TableColumn[], fit: Fit, isCompared: boolean): number {
  const widths = { wide: WIDE, snug: SNUG, narrow: { ...NARROW, sparkline: isCompared ? CHANGE_WIDTH : 0 } }[fit];
  return columns.reduce((sum, column) => sum + widths[column], 0);
}

/** Reads the names in an address; what it does not know it leaves out. */
export function parseHidden(text: string): OptionalColumn[] {
  const names = text.split(",");
  return OPTIONAL_COLUMNS.filter((column) => names.includes(column));
}

export function shownColumns(hidden: readonly OptionalColumn[]): TableColumn[] {
  return TABLE_COLUMNS.filter((column) => !(hidden as readonly TableColumn[]).includes(column));
}
