import type { ReactNode } from "react";
import type { EndpointSummary, Settings } from "../api/client";
import { type Standing, standingOf } from "../model/endpoint";
import { alertChip, type Judged } from "../model/judged";
import { hasRoute, nameOf } from "../model/rows";
import styles from "./endpointHead.module.css";
import { Icon, Star } from "./Icon";
import { PriorityChip } from "./PriorityChip";
import { DashedChip, StateChip } from "./StateChip";
import { Template } from "./Template";

const ROOM = 240; // characters: three lines at 1440 px; no route that anybody wrote by hand is longer

interface Props {
  row: EndpointSummary;
  settings: Settings;
  judged: Judged;
  isStarred: boolean;
  age: ReactNode;
  /** Where the table of all endpoints is. */
  allHref: string;
  /** What can be done about it. */
  acts: ReactNode;
  onStar(): void;
}

/** Which endpoint, how important, and how it stands: a sentence before a chart. */
export function EndpointHead({ row, settings, judged: { alert }, isStarred, age, allHref, acts, onStar }: Props) {
  const standing = standingOf(row, settings);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <a className={styles.back} href={allHref}><Icon name="back" size={14} />All endpoints</a>
        <button type="button" className={styles.star} aria-pressed={isStarred}
                aria-label={`Star ${nameOf(row)}`} onClick={onStar}>
          <Star isSet={isStarred} />
        </button>
        {hasRoute(row) && <PriorityChip priority={row.priority} />}
        <h1><Template method={row.method} template={row.template} room={ROOM} /></h1>
        {alert === null ? <StandingChip standing={standing} /> : <StateChip state={alert.state}>{alertChip(alert)}</StateChip>}
        {age}
        {acts}
      </div>
      <p>{alert === null ? standing.sentence : `${alert.message} ${standing.sentence}`}</p>
    </header>
  );
}

function StandingChip({ standing: { state, chip } }: { standing: Standing }) {
  return state === null ? <DashedChip>{chip}</DashedChip> : <StateChip state={state}>{chip}</StateChip>;
}
