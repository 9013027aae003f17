// Endpoints by priority: all targets stand on the same vertical, so an overshoot sticks out.

import { useState } from "react";
import * as format from "../format";
import { type Distance, distanceWords, folded, misses, type PriorityGroup, restWords } from "../model/overview";
import cards from "./card.module.css";
import { ChartMenu } from "./ChartMenu";
import { PriorityGlyph, StateGlyph } from "./Glyph";
import { Icon } from "./Icon";
import { Duration } from "./Numbers";
import { Template } from "./Template";
import styles from "./priorityDistances.module.css";

const TARGET_AT = 0.55; // of the track: room to overshoot by four fifths before it is cut
const ROOM = 40; // characters of a template

interface Props {
  csv: string;
  json: string;
  groups: readonly PriorityGroup[];
  hrefFor(endpointId: string): string;
}

export function PriorityDistances({ groups, csv, json, hrefFor }: Props) {
  return (
    <section className={cards.card} aria-label="Endpoints by priority">
      <header className={styles.head}>
        <div><h2>Endpoints by priority</h2><small>p95 against its target, worst first</small></div>
        <span className={styles.legend}><i />target</span>
        <ChartMenu name="Endpoints by priority" exports={{ csv, json }} />
      </header>
      {groups.map((group) => (
        <Group key={group.priority} group={group} hrefFor={hrefFor} />
      ))}
    </section>
  );
}

function Group({ group, hrefFor }: { group: PriorityGroup } & Pick<Props, "hrefFor">) {
  const [isOpen, setOpen] = useState(false);
  const { shown, rest } = folded(group.distances);
  return (
    <section aria-label={`Priority ${group.priority}`}>
      <GroupHead group={group} />
      <ul className={styles.rows}>
        {(isOpen ? group.distances : shown).map((distance) => (
          <DistanceRow key={distance.row.id} distance={distance} href={hrefFor(distance.row.id)} />
        ))}
      </ul>
      {rest.length > 0 && (
        <button type="button" className={styles.rest} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show fewer" : restWords(rest)}
          <Icon name="chevron" size={14} />
        </button>
      )}
    </section>
  );
}

function GroupHead({ group }: { group: PriorityGroup }) {
  const missing = group.distances.filter(misses).length;
  return (
    <div className={styles.group}>
      <PriorityGlyph priority={group.priority} />
      <strong style={{ color: `var(--${group.priority})` }}>{group.priority.toUpperCase()}</strong>
      <span className={styles.bound}>{group.target !== null && `95 % under ${format.axisDuration(group.target)}`}</span>
      <span className={styles.verdict} data-over={missing > 0 || undefined}>
        {verdictOf(group, missing)}
      </span>
    </div>
  );
}

function verdictOf({ distances, silentCount }: PriorityGroup, missing: number): string {
  const judged = distances.filter(({ overshoot }) => overshoot !== null).length;
  const few = distances.length - judged;
  return [
    ...(missing > 0 ? [`${missing} of ${judged} ${missing === 1 ? "misses its target" : "miss their targets"}`] : []),
    ...(missing === 0 && judged > 0 ? [`${judged} within target`] : []),
    ...(few > 0 ? [`${few} with too few requests`] : []),
    ...(silentCount > 0 ? [`${silentCount} not called`] : []),
  ].join(", ");
}

function DistanceRow({ distance, href }: { distance: Distance; href: string }) {
  const { row, overshoot, isSlow: isOver } = distance;
  return (
    <li className={styles.row}>
      <span className={styles.state}>{misses(distance) && <StateGlyph state="firing" />}</span>
      <a href={href}><Template method={row.method} template={row.template} room={ROOM} /></a>
      <span className={styles.now}>
        <small>p95</small>
        <Duration value={row.response_time.p95_seconds} isRough={overshoot === null} isBold={isOver} />
      </span>
      <Track overshoot={overshoot} isOver={isOver} />
      <span className={styles.words} data-over={misses(distance) || undefined}>{wordsOf(distance)}</span>
    </li>
  );
}

function wordsOf({ row, overshoot, isSlow, isFailing }: Distance): string {
  if (overshoot === null) return `n = ${row.response_time.count}`;
  const failing = `${format.errorShare(row.error_ratio)} fail`;
  if (!isFailing) return distanceWords(overshoot);
  return isSlow ? `${distanceWords(overshoot)}, ${failing}` : failing;
}

/** Drawn in ratios of the target; the words beside it say the same, so it is hidden from readers. */
function Track({ overshoot, isOver }: { overshoot: number | null; isOver: boolean }) {
  const end = Math.min(1, (overshoot ?? 0) * TARGET_AT);
  return (
    <span className={styles.track} aria-hidden>
      <span style={{ width: `${Math.min(end, TARGET_AT) * 100}%` }} />
      {end > TARGET_AT && (
        <span className={styles.beyond} data-over={isOver || undefined}
              style={{ left: `${TARGET_AT * 100}%`, width: `${(end - TARGET_AT) * 100}%` }} />
      )}
      <i style={{ left: `${TARGET_AT * 100}%` }} />
    </span>
  );
}
