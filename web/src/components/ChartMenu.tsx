import { Menu } from "@mantine/core";
import { save } from "../charts/picture";
import controls from "./control.module.css";
import { Icon } from "./Icon";
import { MENU_STYLES } from "./menu";
import styles from "./chartCard.module.css";

export interface Exports {
  csv: string;
  json: string;
  /** Null where there is nothing to draw; undefined for what is a table already. */
  picture?: (() => Promise<Blob>) | null;
}

interface Props {
  /** Of the chart: “Response time”. */
  name: string;
  exports: Exports;
  /** Chart or table; undefined for what is a table already. */
  view?: { isTableView: boolean; onView(isTableView: boolean): void };
}

/** What each chart can do beside being looked at. */
export function ChartMenu({ name, exports: { csv, json, picture }, view }: Props) {
  const file = name.toLowerCase().replaceAll(" ", "-");
  return (
    <Menu {...MENU_STYLES} position="bottom-end">
      <Menu.Target>
        <button type="button" className={`${controls.button} ${styles.more}`} aria-label={`${name}: ${view ? "table and files" : "files"}`}>
          <Icon name="more" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {view && <ViewItem {...view} />}
        {view && <Menu.Divider />}
        <Menu.Item component="a" href={csv} download={`${file}.csv`} leftSection={<Icon name="download" />}>
          CSV
        </Menu.Item>
        <Menu.Item component="a" href={json} download={`${file}.json`} leftSection={<Icon name="download" />}>
          JSON
        </Menu.Item>
        {picture !== undefined && (
          <Menu.Item disabled={picture === null} leftSection={<Icon name="download" />}
                     onClick={() => void picture?.().then((content) => save(content, `${file}.png`))}>
            PNG
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function ViewItem({ isTableView, onView }: NonNullable<Props["view"]>) {
  return (
    <Menu.Item leftSection={<Icon name={isTableView ? "live" : "table"} />} onClick={() => onView(!isTableView)}>
      {isTableView ? "Chart" : "Table"}
    </Menu.Item>
  );
}
