// Under the top bar, what the numbers are of where that does not go without saying: which traffic,
// and how far it is from the period before.

import type { Answer } from "../api/client";
import { changesOf } from "../model/comparison";
import { beforePhrase, periodWords, type Range } from "../model/ranges";
import { isNarrowed, type Traffic, trafficPairs, without } from "../model/traffic";
import { ChangeText } from "./ChangeText";
import { Icon } from "./Icon";
import styles from "./contextBar.module.css";

interface Props {
  answer: Answer | null;
  range: Range;
  isCompared: boolean;
  traffic: Traffic;
  onTraffic(traffic: Traffic): void;
  onClear(): void;
}

export function ContextBar(props: Props) {
  const { answer, range, isCompared, traffic } = props;
  if (!isCompared && !isNarrowed(traffic)) return null;
  return (
    <div className={styles.bar}>
      {isNarrowed(traffic) && <Chips {...props} />}
      {isCompared && answer && <ComparisonLine answer={answer} range={range} />}
    </div>
  );
}

function Chips({ answer, traffic, onTraffic, onClear }: Props) {
  const parts = trafficPairs(traffic);
  return (
    <div className={styles.chips} role="group" aria-label="Filters">
      {parts.map(([name, value]) => (
        <button key={name + value} type="button" className={styles.chip}
                aria-label={`Remove filter ${nameOf(name)} ${value}`}
                onClick={() => onTraffic(without(traffic, name, value))}>
          <span>{nameOf(name)}</span>
          <strong>{value}</strong>
          <Icon name="close" size={12} />
        </button>
      ))}
      <button type="button" className={styles.clear} onClick={onClear}>Clear filters</button>
      {answer?.summary.request_count === 0 && (
        <span role="status">No request in this range passes them: take one back, or look at a longer range.</span>
      )}
    </div>
  );
}

function nameOf(part: string): string {
  return part === "search" ? "endpoint" : part;
}

function ComparisonLine({ answer: { previous }, range }: { answer: Answer; range: Range }) {
  if (!previous) return null; // the answer is one from before it was asked for
  const before = `${beforePhrase(range)} (${periodWords(previous)})`;
  if (previous.request_count === 0) {
    return <p className={styles.line} role="status">No request in {before} to compare with.</p>;
  }
  return (
    <p className={styles.line} role="group" aria-label="Comparison">
      <span>Against {before}</span>
      {changesOf(previous).map(({ name, change }) => (
        <span key={name} className={styles.change}>{name} <ChangeText change={change} /></span>
      ))}
    </p>
  );
}
