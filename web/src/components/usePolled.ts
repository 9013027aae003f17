import { useCallback, useEffect, useState } from "react";
import { ClientError } from "../api/client";
import { Refused } from "../model/refusals";

const EVERY_SECONDS = 5; // what is judged changes every ten

export interface Polled<T> {
  /** Null before the first answer; the last one outlives a failure, and waits for that to another question. */
  answer: T | null;
  /** Whether it answers what is asked now. */
  isCurrent: boolean;
  error: string | null;
  /** Asks at once: after something was changed. */
  again(): void;
}

/**
 * Asks for what the feed does not push, anew as its answers grow older: a pause holds it too.
 * `key` names the question; null asks nothing.
 */
export function usePolled<T>(ask: () => Promise<T>, key: string | null, asOf: number): Polled<T> {
  const [state, setState] = useState<{ key: string | null; answer: T | null; error: string | null }>(
    { key: null, answer: null, error: null },
  );
  const [extra, setExtra] = useState(0);
  const turn = Math.floor(asOf / EVERY_SECONDS);
  useEffect(() => {
    if (key === null) return;
    let isWanted = true;
    const failed = (error: unknown) => {
      if (isWanted) setState((before) => ({ ...before, error: errorWords(error) }));
    };
    ask().then((answer) => isWanted && setState({ key, answer, error: null }), failed);
    return () => {
      isWanted = false;
    };
  }, [key, turn, extra]); // `ask` is made anew at each rendering: `key` tells another question
  const again = useCallback(() => setExtra((count) => count + 1), []);
  return { answer: state.answer, isCurrent: state.key === key, error: state.error, again };
}

/** Budgets of days move slowly, and take the server more than a glance. */
export function slowly(asOf: number): number {
  return Math.floor(asOf / SLOW_SECONDS) * SLOW_SECONDS;
}

const SLOW_SECONDS = 30;

export function errorWords(error: unknown): string {
  return error instanceof ClientError || error instanceof Refused ? error.message : String(error);
}
