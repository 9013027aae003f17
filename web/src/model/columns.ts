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
const NARROW = { ...WIDE, priority: 44, share: 84, sparkline: 0, budget: 0 };
const CHANGE_WIDTH = 106;

/** What all columns but the endpoint's take of the table, in px. */
export function takenWidth(columns: readonly TableColumn[], isNarrow: boolean, isCompared: boolean): number {
  const widths = isNarrow ? { ...NARROW, sparkline: isCompared ? CHANGE_WIDTH : 0 } : WIDE;
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
