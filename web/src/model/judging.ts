// Who judges, since when, and what that takes.

import type { InstanceRow } from "../api/client";
import * as format from "../format";

/** “Judges for 2 h in pid 4715: 43.5 MB, 12.3 s of CPU”; nothing of a process that does not judge. */
export function judgingWords({ pid, judged }: Pick<InstanceRow, "pid" | "judged">, asOf: number): string {
  if (judged === null) return "";
  const since = `Judges for ${format.age(asOf - judged.since)}`;
  if (judged.pid === pid) return since;
  const takes = `${format.size(judged.resident_bytes)}, ${format.duration(judged.cpu_seconds)} of CPU`;
  return `${since} in pid ${judged.pid}: ${takes}`;
}
