// Under the top bar, what the numbers are of where that does not go without saying: which traffic,
// and how far it is from the period before.

import type { Answer, Client } from "../api/client";
import { changesOf } from "../model/comparison";
import { instanceWords } from "../model/filterChoices";
import { beforePhrase, periodWords, type Range } from "../model/ranges";
import { ALL_TRAFFIC, isNarrowed, type Traffic, trafficPairs, without } from "../model/traffic";
import { ChangeText } from "./ChangeText";
import { Icon } from "./Icon";
import styles from "./contextBar.module.css";
import { useAllInstances } from "./useInstances";

interface Props {
  client: Client;
  answer: Answer | null;
  /** Whether the screen is of a range of time. */
  hasRange: boolean;
  range: Range;
  isCompared: boolean;
  /** Whether the screen's own figures say how far they are from the period before. */
  hasOwnChanges: boolean;
  traffic: Traffic;
  onTraffic(traffic: Traffic): void;
}

export function ContextBar(props: Props) {
  const { answer, range, isCompared, traffic, hasOwnChanges } = props;
  if (!isCompared && !isNarrowed(traffic)) return null;
  return (
    <div className={styles.bar}>
      {isNarrowed(traffic) && <Chips {...props} />}
      {isCompared && answer && (
        <ComparisonLine answer={answer} range={range} hasOwnChanges={hasOwnChanges} />
      )}
    </div>
  );
}

function Chips({ client, answer, hasRange, traffic, onTraffic }: Props) {
  const instances = useAllInstances(client, traffic.lists.instance.length > 0);
  const parts = trafficPairs(traffic);
  return (
    <div className={styles.chips} role="group" aria-label="Filters">
      {parts.map(([name, value]) => (
        <button key={name + value} type="button" className={styles.chip}
                onClick={() => onTraffic(without(traffic, name, value))}>
          <span className="visually-hidden">Remove filter</span>
          <span>{nameOf(name)}</span>
          <strong>{name === "instance" ? instanceWords(instances, value) : value}</strong>
          <Icon name="close" size={12} />
        </button>
      ))}
      <button type="button" className={styles.clear} onClick={() => onTraffic(ALL_TRAFFIC)}>Clear filters</button>
      {hasRange && answer?.summary.request_count === 0 && (
        <span role="status">No request in this range passes them: take one back, or look at a longer range.</span>
      )}
    </div>
  );
}

function nameOf(part: string): string {
  return part === "search" ? "endpoint" : part;
}

interface ComparisonLineProps extends Pick<Props, "range" | "hasOwnChanges"> {
  answer: Answer;
}

function ComparisonLine({ answer, range, hasOwnChanges }: ComparisonLineProps) {
  const { previous, series } = answer;
  if (!previous) return null; // the answer is one from before it was asked for
  const before = `${beforePhrase(range)} (${periodWords(previous)})`;
  const changes = changesOf(previous, series.endpoint_id);
  if (changes === null) {
    return <p className={styles.line} role="status">No request in {before} to compare with.</p>;
  }
  return (
    <p className={styles.line} role="group" aria-label="Comparison">
      <span>Compared with {before}</span>
      {!hasOwnChanges && changes.map(({ name, change }) => (
        <span key={name} className={styles.change}>{name} <ChangeText change={change} /></span>
      ))}
    </p>
  );
}
