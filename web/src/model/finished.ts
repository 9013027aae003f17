// What is counted by the step is known once the step is over: the newest would read as a fall to nothing.

import type { Series } from "../api/client";

const FLUSH_SECONDS = 1; // after so long what happened is stored, as the server's series.py has it

const USER_SECONDS = 60; // finer than this stores keep no users

/** How many of the steps are over, the oldest first; `heldSeconds`: over which a value is counted. */
export function finishedCount(series: Series, heldSeconds = series.step_seconds): number {
  const end = (time: number) => Math.floor(time / heldSeconds) * heldSeconds + heldSeconds;
  return series.times.filter((time) => end(time) + FLUSH_SECONDS <= series.as_of).length;
}

/** The values of the steps that are over; null for those that are not. */
export function finished(
  series: Series, values: readonly (number | null)[], heldSeconds = series.step_seconds,
): (number | null)[] {
  const known = finishedCount(series, heldSeconds);
  return values.map((value, index) => (index < known ? value : null));
}

/** Of the steps whose users are known: shorter ones than a minute count those of their minute. */
export function finishedUsers(series: Series): (number | null)[] {
  return finished(series, series.user_count, Math.max(series.step_seconds, USER_SECONDS));
}
