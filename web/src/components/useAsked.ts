import { useEffect, useState } from "react";
import { ClientError, type Question } from "../api/client";

const EVERY_SECONDS = 5; // its steps are not shorter where there are enough of them

export interface Asked<T> {
  /** Null before the first answer of this endpoint; the last answer outlives a failure. */
  answer: T | null;
  error: string | null;
}

/** Asks for what the feed does not push, anew as its answers grow older: a pause holds it too. */
export function useAsked<T extends { endpoint_id: string | null }>(
  ask: (question: Question) => Promise<T>, question: Question, asOf: number,
): Asked<T> {
  const [state, setState] = useState<Asked<T>>({ answer: null, error: null });
  const asked = JSON.stringify(question);
  const turn = Math.floor(asOf / EVERY_SECONDS);
  useEffect(() => {
    let isWanted = true;
    const failed = (error: unknown) => {
      const words = error instanceof ClientError ? error.message : String(error);
      if (isWanted) setState(({ answer }) => ({ answer, error: words }));
    };
    ask(JSON.parse(asked) as Question)
      .then((answer) => isWanted && setState({ answer, error: null }), failed);
    return () => {
      isWanted = false;
    };
  }, [ask, asked, turn]);
  const isOfThis = state.answer?.endpoint_id === question.endpointId;
  return isOfThis ? state : { ...state, answer: null };
}
