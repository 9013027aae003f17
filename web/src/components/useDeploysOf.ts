import type { Client, DeployRow, Question } from "../api/client";
import { usePolled } from "./usePolled";

const NONE: readonly DeployRow[] = [];

/** The deploys of a question's range; none while they are awaited. Those of before stay meanwhile. */
export function useDeploysOf(client: Client, question: Question, asOf: number): readonly DeployRow[] {
  const key = JSON.stringify([question.windowSeconds, question.span, question.traffic]);
  const { answer } = usePolled(() => client.deploys(question), key, asOf);
  return answer?.deploys ?? NONE;
}
