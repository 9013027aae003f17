import { useId } from "react";
import type { Client, FindingRow } from "../api/client";
import { changeWords, costWords, deployWordsOf, intervalWords, levelWords, metricName, movedName, movedWords, sinceWords, toneOf, verbOf } from "../model/findings";
import { Button } from "./Control";
import { FindingEvidence } from "./FindingEvidence";
import styles from "./findings.module.css";
import { PriorityChip } from "./PriorityChip";

interface Props {
  client: Client;
  finding: FindingRow;
  asOf: number;
  /** Null on the page of the endpoint itself. */
  href: string | null;
  isOpened: boolean;
  onOpen(id: string | null): void;
}

/** One change: of what, how much and how sure, since when and with which deploy, what it costs, what moved. */
export function FindingItem({ client, finding, asOf, href, isOpened, onOpen }: Props) {
  const evidence = useId();
  const cost = costWords(finding);
  const tone = toneOf(finding);
  const first = finding.moved[0];
  return (
    <li className={styles.finding} data-finding={finding.id} data-tone={tone}>
      <span className={styles.arrow} aria-hidden>{finding.ratio >= 1 ? "▲" : "▼"}</span>
      <div className={styles.words}>
        <p className={styles.what}>
          {href !== null && <><a href={href}>{finding.endpoint}</a> {verbOf(finding)} </>}
          <strong>{changeWords(finding)}</strong> <small>{intervalWords(finding)}</small>
        </p>
        <p className={styles.facts}>
          <span>{sinceWords(finding, asOf)}</span>
          {deployWordsOf(finding) && <span>▲ {deployWordsOf(finding)}</span>}
          <span>{metricName(finding.metric)}{levelWords(finding) !== null && ` ${levelWords(finding)}`}</span>
          {finding.related.length > 0 && <span>{finding.related.length} more moved with it</span>}
        </p>
        {first && <p className={styles.moved}>{movedName(first)} <span>{movedWords(first)}</span></p>}
      </div>
      <div className={styles.cost}>
        {href !== null && <PriorityChip priority={finding.priority} />}
        {cost && <span>{tone === "better" ? "saves" : "costs"} users {cost}</span>}
      </div>
      <span className={styles.acts}>
        <Button aria-expanded={isOpened} aria-controls={evidence} onClick={() => onOpen(isOpened ? null : finding.id)}>Evidence</Button>
      </span>
      <div id={evidence} className={styles.evidence} hidden={!isOpened}>
        {isOpened && <FindingEvidence client={client} finding={finding} asOf={asOf} />}
      </div>
    </li>
  );
}
