import type { ReactNode } from "react";
import cards from "./card.module.css";
import { ErrorState } from "./ErrorState";
import { Loading } from "./Loading";
import styles from "./polledAnswer.module.css";
import type { Polled } from "./usePolled";

interface Props<T extends { as_of: number }> {
  polled: Polled<T>;
  className: string | undefined;
  children(answer: T): ReactNode;
}

/** What was asked for: the last answer, grey beside an error that followed it; before any, that it loads. */
export function PolledAnswer<T extends { as_of: number }>({ polled: { answer, error, again }, className, children }: Props<T>) {
  return (
    <div className={className}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={null} onTryNow={again} />
      )}
      {answer !== null ? (
        <div className={`${className ?? ""} ${error === null ? "" : styles.stale}`}>{children(answer)}</div>
      ) : (
        error === null && <section className={cards.card}><Loading rows={8} /></section>
      )}
    </div>
  );
}
