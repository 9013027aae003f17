import { Popover } from "@mantine/core";
import { COLUMN_WORDS, type OptionalColumn, OPTIONAL_COLUMNS } from "../model/columns";
import styles from "./columnMenu.module.css";
import controls from "./control.module.css";
import { Icon } from "./Icon";
import { POPOVER_STYLES } from "./menu";

interface Props {
  hidden: readonly OptionalColumn[];
  onHidden(hidden: readonly OptionalColumn[]): void;
}

/** Chooses the columns of the table; star and endpoint always stand. */
export function ColumnMenu({ hidden, onHidden }: Props) {
  const toggle = (column: OptionalColumn) =>
    onHidden(OPTIONAL_COLUMNS.filter((each) => hidden.includes(each) !== (each === column)));
  return (
    <Popover {...POPOVER_STYLES} position="bottom-end" trapFocus>
      <Popover.Target>
        <button type="button" className={`${controls.button} ${styles.opener}`} aria-haspopup="dialog">
          <Icon name="columns" size={15} />
          Columns
          {hidden.length > 0 && <strong>{OPTIONAL_COLUMNS.length - hidden.length}</strong>}
        </button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Columns">
        <ul className={styles.columns}>
          {OPTIONAL_COLUMNS.map((column) => (
            <li key={column}>
              <label>
                <input type="checkbox" checked={!hidden.includes(column)} onChange={() => toggle(column)} />
                {COLUMN_WORDS[column]}
              </label>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
