// Chooses the range of time: so long up to now, or from one instant to another.

import { Popover } from "@mantine/core";
import { DatePicker, type DatesRangeValue } from "@mantine/dates";
import { type FormEvent, useState } from "react";
import * as format from "../format";
import { type Range, rangeBetween, RANGES, shortLabel, type Span } from "../model/ranges";
import { Button } from "./Control";
import controls from "./control.module.css";
import { Icon } from "./Icon";
import { POPOVER_STYLES } from "./menu";
import styles from "./rangeMenu.module.css";

interface Props {
  range: Range;
  /** The span that the shown answer covers; null before there is one. */
  span: Span | null;
  onRange(range: Range): void;
}

export function RangeMenu({ range, span, onRange }: Props) {
  const [isOpen, setOpen] = useState(false);
  const choose = (chosen: Range) => {
    onRange(chosen);
    setOpen(false);
  };
  return (
    <Popover {...POPOVER_STYLES} opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus>
      <Popover.Target>
        <button type="button" className={controls.button} data-testid="range"
                aria-haspopup="dialog" aria-expanded={isOpen}
                onClick={() => setOpen(!isOpen)}>
          <Icon name="calendar" size={15} />
          <strong className={styles.wide}>{range.label}</strong>
          <strong className={styles.small}>{shortLabel(range)}</strong>
          {span && range.span === null && (
            <span className={styles.span}>{format.clock(span.start)} – {format.clock(span.end)}</span>
          )}
          <span className={styles.wide}><Icon name="chevron" size={14} /></span>
        </button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Time range" className={styles.panel}>
        <Presets range={range} onRange={choose} />
        <SpanForm span={range.span ?? span ?? lastHour()} onRange={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Presets({ range, onRange }: Pick<Props, "range" | "onRange">) {
  return (
    <div className={styles.presets} role="group" aria-label="Up to now">
      {RANGES.map((choice) => (
        <button key={choice.name} type="button" aria-pressed={choice === range}
                onClick={() => onRange(choice)}>
          {choice.label}
        </button>
      ))}
    </div>
  );
}

/** Days by the calendar, and the exact times in fields; both tell the same two instants. */
function SpanForm({ span, onRange }: { span: Span; onRange(range: Range): void }) {
  const [from, setFrom] = useState(() => format.zonedTime(span.start));
  const [to, setTo] = useState(() => format.zonedTime(span.end));
  const [firstDay, setFirstDay] = useState<string | null>(null); // while the second is to be chosen
  const chosen = rangeBetween(format.instantOf(from), format.instantOf(to));

  const onDays = ([first, last]: DatesRangeValue<string>) => {
    setFirstDay(last === null ? first : null);
    if (first !== null) setFrom(`${first}T00:00:00`);
    if (last !== null || first !== null) setTo(`${last ?? first}T23:59:59`);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen) onRange(chosen);
  };

  return (
    <form className={styles.form} aria-label="Your own range" onSubmit={onSubmit}>
      <DatePicker
        type="range"
        allowSingleDateInRange
        size="sm"
        hideOutsideDates
        fullWidth
        value={firstDay === null ? [from.slice(0, 10), to.slice(0, 10)] : [firstDay, null]}
        defaultDate={to.slice(0, 10)}
        maxDate={format.zonedTime(Date.now() / 1000).slice(0, 10)}
        onChange={onDays}
        classNames={{
          day: styles.day!, weekday: styles.weekday!, monthsListControl: styles.cell!,
          yearsListControl: styles.cell!, calendarHeaderControl: styles.step!,
          calendarHeaderLevel: styles.level!,
        }}
        ariaLabels={{ previousMonth: "Month before", nextMonth: "Next month" }}
      />
      <Instant label="From" value={from} onChange={setFrom} />
      <Instant label="To" value={to} onChange={setTo} />
      <p className={styles.zone}>
        Times in {format.timeZoneName()}
        {chosen === null && <strong role="alert">Two instants at least 2 s apart are a range.</strong>}
      </p>
      <button type="submit" className={controls.primary} disabled={chosen === null}>Show this range</button>
    </form>
  );
}

interface InstantProps {
  label: string;
  value: string;
  onChange(value: string): void;
}

function Instant({ label, value, onChange }: InstantProps) {
  return (
    <label className={styles.instant}>
      {label}
      <input type="datetime-local" step={1} value={value}
             onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

function lastHour(): Span {
  const now = Date.now() / 1000;
  return { start: now - 3600, end: now };
}

/** The way back from a range that is over. */
export function BackToLive({ onLive }: { onLive(): void }) {
  return (
    <Button className={styles.live} onClick={onLive} aria-label="Back to live">
      <Icon name="play" size={12} />
      <strong>Back to live</strong>
    </Button>
  );
}
