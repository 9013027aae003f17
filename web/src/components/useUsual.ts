import { useMemo } from "react";
import type { Client, Question } from "../api/client";
import type { UsualHour } from "../model/chart";
import { slowly, usePolled } from "./usePolled";

/** What is usual of the question's endpoint at each hour; nothing while it is awaited, or not known. */
export function useUsual(client: Client, question: Question, asOf: number): readonly UsualHour[] {
  const { endpointId, windowSeconds, span, traffic } = question;
  const key = JSON.stringify([endpointId, windowSeconds, span, traffic]);
  const { answer } = usePolled(() => client.usual(question), key, slowly(asOf));
  return useMemo(
    () => (answer?.endpoint_id !== endpointId ? [] : answer.hours.map(({ start, end, low_seconds: low, high_seconds: high }) => ({ start, end, low, high }))),
    [answer, endpointId],
  );
}
