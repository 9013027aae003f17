// The coming day of an endpoint in the story: as it was, by the time of day.

import type { PredictionPage, Series } from "../api/client";
import { lastKnown } from "../model/percentiles";

const HOUR = 3600;
const AHEAD = Array.from({ length: 24 }, (_, lead) => lead);

export function predictionsOf({ endpoint_id, name, as_of, p95_seconds, p50_seconds }: Series): PredictionPage {
  const first = (Math.floor(as_of / HOUR) + 1) * HOUR;
  const daily = (lead: number) => 1 + 0.25 * Math.sin(((first / HOUR + lead - 8) / 12) * Math.PI);
  const metric = (metricName: string, level: number) => {
    const predicted = AHEAD.map((lead) => level * daily(lead));
    return {
      name: metricName, unit: "seconds", predicted, lower: predicted.map((value) => value * 0.85),
      upper: predicted.map((value) => value * 1.2), is_reliable: true, reason: "", method: "long profile 61%, regression 28%",
    };
  };
  return {
    endpoint_id: endpoint_id ?? null, name, as_of, hours_ahead: AHEAD.length, history_hours: 1680,
    times: AHEAD.map((lead) => first + lead * HOUR),
    metrics: [metric("response_time", lastKnown(p95_seconds) ?? 0), metric("response_time_p50", lastKnown(p50_seconds) ?? 0)],
    bound: null, capacity: null,
  };
}
