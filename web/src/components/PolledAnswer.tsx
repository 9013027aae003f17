import type { ReactNode } from "react";
import type { FeedState } from "../api/feed";
import cards from "./card.module.css";
import { ErrorState } from "./ErrorState";
import { Kept } from "./Kept";
import { Loading } from "./Loading";
import { useIsStale } from "./useIsStale";
import type { Polled } from "./usePolled";

interface Props<T extends { as_of: number }> {
  polled: Polled<T>;
  /** Sets the pace of the questions: where it stands still, they do. */
  feed: FeedState;
  className: string | undefined;
  tryNow(): void;
  children(answer: T): ReactNode;
}

/** What was asked for: the last answer, grey beside an error that followed it; before any, that it loads. */
export function PolledAnswer<T extends { as_of: number }>({ polled, feed, className, tryNow, children }: Props<T>) {
  const { answer, again } = polled;
  const error = polled.error ?? feed.error;
  const isStale = useIsStale(feed) || error !== null;
  const onTryNow = () => {
    tryNow();
    again();
  };
  return (
    <div className={className}>
      {error !== null && (
        <ErrorState error={error} keptFrom={answer?.as_of ?? null} nextTryAt={feed.nextTryAt} onTryNow={onTryNow} />
      )}
      {answer !== null ? (
        <Kept isStale={isStale} className={className}>{children(answer)}</Kept>
      ) : (
        error === null && <section className={cards.card}><Loading rows={8} /></section>
      )}
    </div>
  );
}
