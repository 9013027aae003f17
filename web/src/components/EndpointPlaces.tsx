// What this version cannot tell of an endpoint yet, and what tells it meanwhile.

import { Place } from "./Place";

export function ChangePlace() {
  return (
    <Place title="What changed">
      When it became slower, by how much, how sure that is and what caused it will be said here.
      Until then, the percentiles and the breakdown over time show when a line rises, and which
      part rises with it.
    </Place>
  );
}
