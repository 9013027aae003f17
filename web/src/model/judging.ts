// Who judges, since when, and what that takes.

import type { InstanceRow } from "../api/client";
import * as format from "../format";

/** Say that a process reports; of the one that judges also where, in a process of its own if so. */
export function reporting({ pid, judged }: Pick<InstanceRow, "pid" | "judged">, asOf: number): string {
  if (judged === null) return "Reporting";
  const since = `Reporting, judges for ${format.age(asOf - judged.since)}`;
  if (judged.pid === pid) return since;
  const takes = `${format.size(judged.resident_bytes)}, ${format.duration(judged.cpu_seconds)} of CPU`;
  return `${since} in pid ${judged.pid}: ${takes}`;
}
