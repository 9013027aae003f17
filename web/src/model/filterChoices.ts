// What the filter offers: what was seen, and what is chosen though it was not.

import type { Answer, InstanceRow } from "../api/client";
import { type ListName, STATUS_CLASSES, type Traffic } from "./traffic";

type Process = Pick<InstanceRow, "id" | "service" | "environment" | "version" | "host" | "pid">;
type OwnList = Exclude<ListName, "method">;
const OWN_LISTS: readonly OwnList[] = ["service", "environment", "version", "instance"];

/** The classes, then the codes that were seen. */
export function statusChoices(answer: Answer | null, chosen: string | null): string[] {
  const seen = new Set([...Object.keys(answer?.summary.status_counts ?? {}), chosen ?? ""]);
  const codes = [...seen].filter((code) => /^\d{3}$/.test(code)).sort();
  return [...STATUS_CLASSES, ...codes];
}

/** The lists with anything to choose between, or to take back. */
export function ownLists(
  instances: readonly Process[], { lists }: Traffic,
): { name: OwnList; values: string[] }[] {
  return OWN_LISTS.map((name) => ({ name, values: valuesOf(name, instances, lists[name]) })).filter(
    ({ name, values }) => values.length > 1 || lists[name].length > 0,
  );
}

function valuesOf(name: OwnList, instances: readonly Process[], chosen: readonly string[]): string[] {
  const seen = instances.map((row) => (name === "instance" ? row.id : row[name]));
  return [...new Set([...seen, ...chosen])].filter(Boolean).sort();
}

/** “host-a 4711”: an id says nothing to a reader. */
export function instanceName(instances: readonly Process[], id: string): string {
  const row = instances.find((each) => each.id === id);
  return row ? `${row.host} ${row.pid}` : id;
}

/** “shop-api on host-a, pid 4711”: what stands alone says of which service it is. */
export function instanceWords(instances: readonly Process[], id: string): string {
  const row = instances.find((each) => each.id === id);
  if (!row) return id;
  return `${row.service ? `${row.service} on ` : ""}${row.host}, pid ${row.pid}`;
}
