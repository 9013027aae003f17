// What this version cannot tell of an endpoint yet, and what tells it meanwhile.

import { Place } from "./Place";

export function ObjectivesPlace() {
  return (
    <Place title="Objectives">
      How much of its error budget is left, how fast it burns and when it ends will stand here.
      Until then, “Against its bounds” says how many requests stay within the target.
    </Place>
  );
}

export function ChangePlace() {
  return (
    <Place title="What changed">
      When it became slower, by how much, how sure that is and what caused it will be said here.
      Until then, the percentiles and the breakdown over time show when a line rises, and which
      part rises with it.
    </Place>
  );
}

export function OperationsPlace() {
  return (
    <Place title="Operations">
      Each statement, cache command and outgoing call of a request will be listed here, with
      calls per request and repeats. Until then, wrap what you want told apart:
      “Where the time goes” and the breakdown then show it.
    </Place>
  );
}

export function RequestsPlace() {
  return (
    <Place title="Typical requests">
      A request at p50 beside one at p99, step by step, will show where the slow one waits.
      Until then, the heatmap shows how many are slow and whether they are a group of their own.
    </Place>
  );
}
