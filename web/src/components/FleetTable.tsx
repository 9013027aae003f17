import { Fragment } from "react";
import type { InstanceRow } from "../api/client";
import {
  factsOf, FLEET_COLUMNS, FLEET_WORDS, fleetAfterClick, type FleetColumn, type FleetGroup, placeWords,
} from "../model/fleet";
import { judgingWords } from "../model/judging";
import { pauseWords } from "../model/pauses";
import type { FleetProps } from "./Fleet";
import { Judging, LastError, LastSeen, Pausing } from "./fleetCells";
import styles from "./fleet.module.css";
import { Icon } from "./Icon";

interface Props extends FleetProps {
  groups: readonly FleetGroup[];
}

export function FleetTable(props: Props) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Instances, as a table">
      <table>
        <thead>
          <tr>{FLEET_COLUMNS.map((column) => <Header key={column} {...props} column={column} />)}</tr>
        </thead>
        {props.groups.map((group) => <Group key={group.name} {...props} group={group} />)}
      </table>
    </div>
  );
}

function Header({ column, look, onLook }: Props & { column: FleetColumn }) {
  const isSorted = look.column === column;
  const direction = look.isAscending ? "ascending" : "descending";
  return (
    <th scope="col" aria-sort={isSorted ? direction : undefined}>
      <button type="button" onClick={() => onLook(fleetAfterClick(look, column))}>
        {FLEET_WORDS[column]}
        {isSorted && (
          <span className={styles.arrow} data-ascending={look.isAscending || undefined}>
            <Icon name="chevron" size={14} />
          </span>
        )}
      </button>
    </th>
  );
}

function Group({ group: { name, rows, words }, ...props }: Props & { group: FleetGroup }) {
  return (
    <>
      {name !== null && (
        <tbody className={styles.groupHead}>
          <tr><th scope="rowgroup" colSpan={FLEET_COLUMNS.length}>{name}<small>{words}</small></th></tr>
        </tbody>
      )}
      <tbody>
        {rows.map((row) => (
          <Fragment key={row.id}>
            <Row {...props} row={row} />
            {isNoted(row, props.asOf) && <NoteRow {...props} row={row} />}
          </Fragment>
        ))}
      </tbody>
    </>
  );
}

interface RowProps extends FleetProps {
  row: InstanceRow;
}

function Row({ row, asOf, chosen, onToggle }: RowProps) {
  const isChosen = chosen.includes(row.id);
  return (
    <tr data-instance={row.id} data-silent={!row.is_alive || undefined} data-chosen={isChosen || undefined}
        onClick={() => onToggle(row.id)}>
      <th scope="row">
        <button type="button" aria-pressed={isChosen}>{row.host}<small>pid {row.pid}</small></button>
      </th>
      <td>{placeWords(row)}</td>
      <td><LastSeen row={row} asOf={asOf} /></td>
      {factsOf(row, asOf).map(({ column, text, isNothing, isBad }) => (
        <td key={column} data-nothing={isNothing || undefined} data-bad={isBad || undefined}>{text}</td>
      ))}
    </tr>
  );
}

/** What is too long for a cell stands in a row below. */
function isNoted(row: InstanceRow, asOf: number): boolean {
  return row.last_error !== "" || judgingWords(row, asOf) !== "" || pauseWords(row).length > 0;
}

function NoteRow({ row, asOf, chosen }: RowProps) {
  return (
    <tr className={styles.noteRow} data-chosen={chosen.includes(row.id) || undefined}>
      <td colSpan={FLEET_COLUMNS.length}><Judging row={row} asOf={asOf} /><Pausing row={row} /><LastError row={row} /></td>
    </tr>
  );
}
