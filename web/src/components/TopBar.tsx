import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import type { Exported, ExportFormat } from "../api/client";
import type { FeedMode } from "../api/feed";
import type { Crumb } from "../model/crumbs";
import type { Range, Span } from "../model/ranges";
import { Breadcrumbs } from "./Breadcrumbs";
import { Button } from "./Control";
import controls from "./control.module.css";
import { Icon } from "./Icon";
import { MENU_STYLES } from "./menu";
import { BackToLive, RangeMenu } from "./RangeMenu";
import styles from "./topBar.module.css";

/** What a screen has as a file. */
export type Export = Exported | "alerts";

interface Props {
  crumbs: readonly Crumb[];
  /** Whether the screen has numbers that can be filtered, ranged and paused. */
  hasControls: boolean;
  /** Whether they are of a range of time, which can be chosen and compared. */
  hasRange: boolean;
  filter: ReactNode;
  range: Range;
  /** Whether the range is over, so that nothing in it changes any more. */
  isPast: boolean;
  /** The span that the shown answer covers; null before there is one. */
  span: Span | null;
  isCompared: boolean;
  mode: FeedMode;
  hasError: boolean;
  onRange(range: Range | null): void;
  onCompare(): void;
  onPause(): void;
  /** What the screen has as files. */
  exported: readonly Export[];
  exportAddress(table: Export, format: ExportFormat): string;
}

export function TopBar(props: Props) {
  return (
    <header className={styles.bar}>
      <Breadcrumbs crumbs={props.crumbs} />
      {props.hasControls && <Controls {...props} />}
    </header>
  );
}

function Controls(props: Props) {
  const { filter, range, isPast, span, mode, hasError, onRange, onPause } = props;
  return (
    <>
      {filter}
      {props.hasRange && <CompareButton {...props} />}
      {props.hasRange && <RangeMenu range={range} span={span} onRange={onRange} />}
      {isPast && !hasError ? (
        <BackToLive onLive={() => onRange(null)} />
      ) : (
        <LiveButton mode={mode} hasError={hasError} onPause={onPause} />
      )}
      {props.exported.length > 0 && <ExportMenu {...props} />}
    </>
  );
}

function CompareButton({ isCompared, onCompare }: Pick<Props, "isCompared" | "onCompare">) {
  return (
    <Button aria-pressed={isCompared} aria-label="Compare with the period before" onClick={onCompare}
            title="Compare with the period before">
      <Icon name="compare" size={15} />
      <span className={controls.wide}>Compare</span>
    </Button>
  );
}

const MODE_WORDS: Record<FeedMode, string> = {
  connecting: "Connecting",
  live: "Live",
  polling: "Polling",
  paused: "Paused",
};

function LiveButton({ mode, hasError, onPause }: Pick<Props, "mode" | "hasError" | "onPause">) {
  const isPaused = mode === "paused";
  const state = hasError ? "failed" : mode;
  const word = hasError ? "No answer" : MODE_WORDS[mode];
  return (
    <Button onClick={onPause} aria-label={`${word}, ${isPaused ? "go on" : "pause"}`}>
      <span className={styles.dot} data-mode={state} />
      <strong>{word}</strong>
      <Icon name={isPaused ? "play" : "pause"} size={12} />
    </Button>
  );
}

const FILE_WORDS: Partial<Record<Export, string>> = {
  endpoints: "Table", series: "Chart", requests: "Requests", alerts: "Alerts", objectives: "Objectives",
};
const FORMATS: readonly ExportFormat[] = ["csv", "json"];

function ExportMenu({ exported, exportAddress }: Pick<Props, "exported" | "exportAddress">) {
  return (
    <Menu {...MENU_STYLES} position="bottom-end">
      <Menu.Target>
        <button type="button" className={`${controls.button} ${styles.wide}`}>
          <Icon name="download" size={15} />
          Export
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {exported.flatMap((table) => FORMATS.map((kind) => (
          <Menu.Item key={table + kind} component="a" href={exportAddress(table, kind)}
                     download={`${table}.${kind}`}>
            {FILE_WORDS[table]} as {kind.toUpperCase()}
          </Menu.Item>
        )))}
      </Menu.Dropdown>
    </Menu>
  );
}
