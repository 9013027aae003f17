// Deploys on charts: where a mark stands, what it says, and which step a deploy fell into.

import type { DeployRow } from "../api/client";
import * as format from "../format";

const TOGETHER = 24; // px within which several marks become one
const LONGEST = 12; // letters of a version that a mark has room for

export interface Mark {
  /** Where its lines stand, in px. */
  lines: readonly number[];
  /** Where its words stand. */
  x: number;
  text: string;
}

interface Span {
  start: number;
  end: number;
}

export function deploysWithin(deploys: readonly DeployRow[], { start, end }: Span): DeployRow[] {
  return deploys.filter(({ at }) => at >= start && at < end).sort((a, b) => a.at - b.at);
}

/** The marks of a chart from left to right; `xOf` tells where an instant is. */
export function marksOf(deploys: readonly DeployRow[], span: Span, xOf: (instant: number) => number): Mark[] {
  const groups: DeployRow[][] = [];
  for (const deploy of deploysWithin(deploys, span)) {
    const last = groups.at(-1);
    if (last && xOf(deploy.at) - xOf(last[0]!.at) < TOGETHER) last.push(deploy);
    else groups.push([deploy]);
  }
  return groups.map((group) => ({
    lines: group.map(({ at }) => xOf(at)),
    x: xOf(group[0]!.at),
    text: group.length === 1 ? `▲ ${shortened(group[0]!.version)}` : `▲${group.length}`,
  }));
}

/** The end of a version tells it apart from the one before, its beginning what it is. */
function shortened(version: string): string {
  if (version.length <= LONGEST) return version;
  return `${version.slice(0, LONGEST - 5)}…${version.slice(-4)}`;
}

/** “2.4 deployed 13:51, new search”: for a tooltip, a list, or who cannot see the line. */
export function deployWords({ version, at, note }: DeployRow, now: number): string {
  return `${version} deployed ${format.moment(at, now)}${note && `, ${note}`}`;
}

/** The deploys of the step that begins at `time`; one before the first step belongs to it. */
export function deploysOfStep(deploys: readonly DeployRow[], time: number, stepSeconds: number): DeployRow[] {
  return deploys.filter(({ at }) => at >= time && at < time + stepSeconds);
}

/** Those that concern a service: another's version moves none of its numbers. */
export function deploysOfService(deploys: readonly DeployRow[], service: string): DeployRow[] {
  return deploys.filter((deploy) => deploy.service === service);
}
