import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import type { ExportFormat } from "../api/client";
import type { FeedMode } from "../api/feed";
import * as format from "../format";
import { type Range, RANGES } from "../model/ranges";
import { Button } from "./Control";
import controls from "./control.module.css";
import { Icon } from "./Icon";
import { MENU_STYLES } from "./menu";
import styles from "./topBar.module.css";

interface Props {
  title: string;
  range: Range;
  /** The span that the shown answer covers; null before there is one. */
  span: { start: number; end: number } | null;
  mode: FeedMode;
  hasError: boolean;
  onRange(range: Range): void;
  onPause(): void;
  exportAddress: ((table: "endpoints" | "series", format: ExportFormat) => string) | null;
}

export function TopBar({ title, range, span, mode, hasError, onRange, onPause, exportAddress }: Props) {
  return (
    <header className={styles.bar}>
      <span className={styles.title}>{title}</span>
      <RangeMenu range={range} span={span} onRange={onRange} />
      <LiveButton mode={mode} hasError={hasError} onPause={onPause} />
      {exportAddress && <ExportMenu addressOf={exportAddress} />}
    </header>
  );
}

function RangeMenu({ range, span, onRange }: Pick<Props, "range" | "span" | "onRange">) {
  return (
    <Menu {...MENU_STYLES} position="bottom-end">
      <Menu.Target>
        <button type="button" className={controls.button} data-testid="range">
          <Icon name="calendar" size={15} />
          <strong className={styles.wide}>{range.label}</strong>
          <strong className={styles.small}>{format.span(range.seconds)}</strong>
          {span && (
            <span className={styles.span}>{format.clock(span.start)} – {format.clock(span.end)}</span>
          )}
          <Icon name="chevron" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {RANGES.map((choice) => (
          <Menu.Item key={choice.name} role="menuitemradio" aria-checked={choice === range}
                     onClick={() => onRange(choice)}>
            {choice.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
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
