import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import type { ExportFormat } from "../api/client";
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

interface Props {
  crumbs: readonly Crumb[];
  /** Whether the screen has numbers that can be filtered, ranged and paused. */
  hasControls: boolean;
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
  exportAddress: ((table: "endpoints" | "series", format: ExportFormat) => string) | null;
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
      <CompareButton {...props} />
      <RangeMenu range={range} span={span} onRange={onRange} />
      {isPast && !hasError ? (
        <BackToLive onLive={() => onRange(null)} />
      ) : (
        <LiveButton mode={mode} hasError={hasError} onPause={onPause} />
      )}
      {props.exportAddress && <ExportMenu addressOf={props.exportAddress} />}
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
      <strong className={styles.mode}>{word}</strong>
      <Icon name={isPaused ? "play" : "pause"} size={12} />
    </Button>
  );
}

interface ExportMenuProps {
  addressOf(table: "endpoints" | "series", format: ExportFormat): string;
}

const EXPORTS: readonly { table: "endpoints" | "series"; format: ExportFormat; words: ReactNode }[] = [
  { table: "endpoints", format: "csv", words: "Table as CSV" },
  { table: "endpoints", format: "json", words: "Table as JSON" },
  { table: "series", format: "csv", words: "Chart as CSV" },
  { table: "series", format: "json", words: "Chart as JSON" },
];

function ExportMenu({ addressOf }: ExportMenuProps) {
  return (
    <Menu {...MENU_STYLES} position="bottom-end">
      <Menu.Target>
        <button type="button" className={`${controls.button} ${styles.wide}`}>
          <Icon name="download" size={15} />
          Export
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {EXPORTS.map(({ table, format: kind, words }) => (
          <Menu.Item key={table + kind} component="a" href={addressOf(table, kind)}
                     download={`${table}.${kind}`}>
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
