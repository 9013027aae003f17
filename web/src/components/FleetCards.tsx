import type { InstanceRow } from "../api/client";
import { factsOf, FLEET_WORDS, type FleetGroup, isTroubled, placeWords } from "../model/fleet";
import type { FleetProps } from "./Fleet";
import { Judging, LastError, LastSeen, Pausing } from "./fleetCells";
import styles from "./fleet.module.css";

interface Props extends FleetProps {
  groups: readonly FleetGroup[];
}

/** Sixty cards are long: groups without trouble wait to be opened. */
export function FleetCards({ groups, ...props }: Props) {
  return groups.map(({ name, rows, words }) => {
    const list = <ul className={styles.cards}>{rows.map((row) => <Card key={row.id} {...props} row={row} />)}</ul>;
    if (name === null) return <div key={name}>{list}</div>;
    return (
      <details key={name} open={rows.some(isTroubled)}>
        <summary className={styles.groupName}>{name}<small>{words}</small></summary>
        {list}
      </details>
    );
  });
}

function Card({ row, asOf, chosen, onToggle }: FleetProps & { row: InstanceRow }) {
  const isChosen = chosen.includes(row.id);
  return (
    <li data-instance={row.id} data-silent={!row.is_alive || undefined} data-chosen={isChosen || undefined}
        onClick={() => onToggle(row.id)}>
      <div>
        <button type="button" aria-pressed={isChosen}>{row.host}<small>pid {row.pid}</small></button>
        <LastSeen row={row} asOf={asOf} />
      </div>
      <p>{placeWords(row)}</p>
      <dl>
        {factsOf(row, asOf).map(({ column, text, isNothing, isBad }) => (
          <div key={column}>
            <dt>{FLEET_WORDS[column]}</dt>
            <dd data-nothing={isNothing || undefined} data-bad={isBad || undefined}>{text}</dd>
          </div>
        ))}
      </dl>
      <Judging row={row} asOf={asOf} />
      <Pausing row={row} />
      <LastError row={row} />
    </li>
  );
}
