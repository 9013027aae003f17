import { type ReactNode, useState } from "react";
import type { ObjectiveRow } from "../api/client";
import * as format from "../format";
import { burnWords, endParts, foldedGoals, type Goal, leftWords, promiseWords, SOURCE_WORDS, targetWords } from "../model/objectives";
import cards from "./card.module.css";
import { FoldButton } from "./FoldButton";
import { PriorityGlyph, StateGlyph } from "./Glyph";
import { Icon } from "./Icon";
import styles from "./objectives.module.css";

interface Props {
  goals: readonly Goal[];
  asOf: number;
  opened: string | null;
  hrefFor(endpointId: string): string;
  onOpen(id: string | null): void;
  /** What stands under the row that is unfolded. */
  detail(goal: Goal): ReactNode;
}

const COLUMNS = ["Standing", "Endpoint", "Objective", "Kept", "Budget", "Burn", "Budget ends"] as const;

/** Where each endpoint stands, the least budget first. */
export function ObjectiveTable(props: Props) {
  const { goals, opened, detail } = props;
  const [isWhole, setWhole] = useState(false);
  const { shown, rest } = foldedGoals(goals, opened);
  return (
    <section className={`${cards.card} ${styles.scroll}`} aria-label="Objectives by endpoint">
      <table className={styles.table}>
        <caption className="visually-hidden">Objectives, the least error budget first</caption>
        <thead>
          <tr>{COLUMNS.map((name) => <th key={name} scope="col" data-column={name}>{name === "Burn" ? <BurnHead goal={goals[0]} /> : name}</th>)}</tr>
        </thead>
        {(isWhole ? goals : shown).map((goal) => (
          <tbody key={goal.id} data-goal={goal.id}>
            <Row {...props} goal={goal} isOpened={goal.id === opened} />
            {goal.id === opened && <tr className={styles.detail}><td colSpan={COLUMNS.length}>{detail(goal)}</td></tr>}
          </tbody>
        ))}
      </table>
      {rest.length > 0 && (
        <FoldButton isOpen={isWhole} folded={`${rest.length} more, all kept`} open="Fold what is kept" onToggle={setWhole} />
      )}
    </section>
  );
}

function Row({ goal, asOf, isOpened, hrefFor, onOpen }: Props & { goal: Goal; isOpened: boolean }) {
  const { row, objective, standing } = goal;
  return (
    <tr>
      <td data-column="Standing">
        <span className={styles.standing} data-state={standing.state}><StateGlyph state={standing.state} />{standing.word}</span>
      </td>
      <th scope="row" data-column="Endpoint">
        <span title={row.endpoint}><PriorityGlyph priority={row.priority} size={11} /><a href={hrefFor(row.endpoint_id)}>{row.endpoint}</a></span>
      </th>
      <td data-column="Objective">
        <button type="button" aria-expanded={isOpened} onClick={() => onOpen(isOpened ? null : goal.id)}
                aria-label={`${promiseWords(objective)}: budget and what if, for ${row.endpoint}`}>
          {promiseWords(objective)}<Icon name="chevron" size={14} />
        </button>
        <small>{SOURCE_WORDS[objective.source]}{objective.overrides && ", wins"}{objective.never_fires && ", some alerts can never fire"}</small>
      </td>
      <td data-column="Kept"><Kept row={row} target={objective.target} /></td>
      <td data-column="Budget"><Budget row={row} state={standing.state} /></td>
      <td data-column="Burn"><Burns row={row} /></td>
      <td data-column="Budget ends"><End row={row} asOf={asOf} /></td>
    </tr>
  );
}

function Kept({ row: { good_ratio: good, is_met: isMet, event_count: count }, target }: { row: ObjectiveRow; target: number }) {
  return (
    <>
      <span className={styles.kept} data-missed={isMet === false || undefined}>{format.errorShare(good)}</span>
      <small title={`n = ${format.count(count)}`}>of {targetWords(target)}</small>
    </>
  );
}

function End({ row, asOf }: { row: ObjectiveRow; asOf: number }) {
  const { at, interval } = endParts(row, asOf);
  return <>{at}{interval && <small>{interval}</small>}</>;
}

function Budget({ row: { budget_left_ratio: left }, state }: { row: ObjectiveRow; state: Goal["standing"]["state"] }) {
  return (
    <span className={styles.budget}>
      <BudgetMeter left={left} state={state} />
      <span data-gone={(left ?? 1) <= 0 || undefined}>{leftWords(left)}</span>
    </span>
  );
}

/** A bar of what is left, and all of it in red where nothing is; the words beside it say it exactly. */
export function BudgetMeter({ left, state }: { left: number | null; state: Goal["standing"]["state"] }) {
  return (
    <span className={styles.meter} aria-hidden>
      <span data-state={state} style={{ width: `${meterShare(left) * 100}%` }} />
    </span>
  );
}

function meterShare(left: number | null): number {
  if (left === null) return 0;
  return left <= 0 ? 1 : Math.min(1, left);
}

/** The windows that all rows have, once over their rates. */
function BurnHead({ goal }: { goal: Goal | undefined }) {
  return (
    <span className={styles.burns}>
      {goal?.row.burns.map(({ long_seconds: seconds }, index) => (
        <span key={seconds}>{index === 0 && "Burn, "}{spanWords(seconds)}</span>
      ))}
    </span>
  );
}

function Burns({ row: { burns } }: { row: ObjectiveRow }) {
  return (
    <span className={styles.burns}>
      {burns.map((burn) => (
        <span key={burn.long_seconds} data-breached={burn.is_breached || undefined} data-mute={!burn.can_fire || undefined}
              title={`${spanWords(burn.short_seconds)}: ${burnWords(burn.short_rate)}; ${burn.can_fire ? `alerts above ${burn.factor}× in both` : "can never pass its factor with this target"}`}>
          <small>{spanWords(burn.long_seconds)}</small>{burnWords(burn.long_rate)}
          {burn.is_breached && <span className="visually-hidden"> burns too fast</span>}
        </span>
      ))}
    </span>
  );
}

const DAY = 86_400;

function spanWords(seconds: number): string {
  return seconds % DAY === 0 ? `${seconds / DAY}\u00a0d` : format.span(seconds);
}
