// Text from numbers: the twin of units.py, held to the same table, tests/units_cases.json.

const GAP = "\u00a0"; // no-break, so that a number keeps its unit
const NO_DATA = "–";

/** A number and its unit apart, since tables give the unit a slot of its own. */
export interface Measure {
  number: string;
  unit: string;
}

export function joined({ number, unit }: Measure): string {
  return unit ? number + GAP + unit : number;
}

/** Three significant digits in the largest unit that keeps the number at 1 or above. */
export function durationParts(seconds: number): Measure {
  if (seconds === 0) return { number: "0", unit: "" };
  const size = Math.abs(seconds);
  if (size >= 0.9995) return { number: significant(seconds), unit: "s" };
  if (size >= 0.0009995) return { number: significant(seconds * 1e3), unit: "ms" };
  return { number: significant(seconds * 1e6), unit: "µs" };
}

export function duration(seconds: number | null): string {
  return seconds === null ? NO_DATA : joined(durationParts(seconds));
}

/** A part of `total`, in the total's unit and resolution, for what must add up. */
export function durationWithin(seconds: number, total: number): string {
  if (seconds === 0) return "0";
  const { unit, number } = durationParts(total);
  const value = seconds / (unit === "s" ? 1 : unit === "ms" ? 1e-3 : 1e-6);
  const digits = number.split(".")[1]?.length ?? 0;
  const least = 10 ** -digits;
  return joined({ number: value < least / 2 ? `<${least.toFixed(digits)}` : value.toFixed(digits), unit });
}

/** For an axis, whose values are round: 500 ms, 1 s, 1.5 s. */
export function axisDuration(seconds: number): string {
  const { number, unit } = durationParts(seconds);
  return joined({ number: trimZeros(number), unit });
}

/** For an axis whose unit is said elsewhere: 20, 0.5, 1,200. */
export function axisNumber(value: number): string {
  return value >= 1000 ? count(value) : trimZeros(significant(value));
}

export function axisPercent(ratio: number): string {
  return joined({ number: ratio === 0 ? "0" : trimZeros(significant(ratio * 100)), unit: ratio === 0 ? "" : "%" });
}

export function rateParts(perSecond: number): Measure {
  if (perSecond === 0) return { number: "0", unit: "/s" };
  if (perSecond < 0.005) return { number: "<0.01", unit: "/s" };
  return { number: perSecond >= 1 ? significant(perSecond) : perSecond.toFixed(2), unit: "/s" };
}

export function rate(perSecond: number): string {
  return joined(rateParts(perSecond));
}

/** Errors are small and matter, so they get two digits. */
export function errorParts(ratio: number): Measure {
  return percentParts(ratio, 2);
}

export function shareParts(ratio: number): Measure {
  return percentParts(ratio, 1);
}

export function errorShare(ratio: number | null): string {
  return ratio === null ? NO_DATA : joined(errorParts(ratio));
}

export function share(ratio: number | null): string {
  return ratio === null ? NO_DATA : joined(shareParts(ratio));
}

/** Something is never shown as nothing, nor as everything. */
function percentParts(ratio: number, digits: number): Measure {
  const percent = ratio * 100;
  const least = 10 ** -digits;
  if (percent > 0 && percent < least / 2) return { number: `<${least.toFixed(digits)}`, unit: "%" };
  if (ratio === 1) return { number: "100", unit: "%" };
  if (percent < 100 && percent >= 100 - least / 2) return { number: `>${(100 - least).toFixed(digits)}`, unit: "%" };
  return { number: percent.toFixed(digits), unit: "%" };
}

/** In whole percent, where a nearness to nothing or to all does not round into it: 39 %, 99.5 %, >99.9 %. */
export function roundShare(ratio: number): string {
  const percent = ratio * 100;
  const isNearEnd = ratio > 0 && ratio < 1 && (percent < 1 || percent >= 99);
  return isNearEnd ? share(ratio) : joined({ number: count(percent), unit: "%" });
}

export function count(value: number): string {
  const digits = Math.abs(Math.round(value)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ",");
  return value < 0 ? `−${grouped}` : grouped;
}

const SIZES = ["B", "kB", "MB", "GB", "TB"];
const BINARY_SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

export function size(bytes: number): string {
  return scaled(bytes, 1000, SIZES);
}

export function sizeParts(bytes: number): Measure {
  return apart(size(bytes));
}

/** The twin of `joined`: a text of one number and one unit, apart. */
export function apart(text: string): Measure {
  const [number = "", unit = ""] = text.split(GAP);
  return { number, unit };
}

/** For an axis, whose values are round: 40 kB. */
export function axisSize(bytes: number): string {
  const { number, unit } = sizeParts(bytes);
  return joined({ number: trimZeros(number), unit });
}

/** A limit is set in powers of two, and reads as it was set: 1 GiB. */
export function sizeLimit(bytes: number): string {
  return bytes % 1024 ** 2 === 0 ? trimmedSize(bytes) : size(bytes);
}

function trimmedSize(bytes: number): string {
  const [number = "", unit = ""] = scaled(bytes, 1024, BINARY_SIZES).split(GAP);
  return joined({ number: trimZeros(number), unit });
}

function scaled(value: number, base: number, units: string[]): string {
  let rest = value;
  let index = 0;
  while (rest >= base * 0.9995 && index < units.length - 1) {
    rest /= base;
    index += 1;
  }
  return joined({ number: index === 0 ? count(rest) : significant(rest), unit: units[index] ?? "" });
}

/** Calls per request: 14.0, 1.0, 0.31, 0. */
export function calls(perRequest: number): string {
  if (perRequest === 0) return "0";
  if (perRequest >= 1) return perRequest.toFixed(1);
  return perRequest < 0.01 ? "<0.01" : perRequest.toFixed(2);
}

/** How long ago, in the one unit that says it: 1 s, 48 s, 3 min, 2 h, 5 d. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}${GAP}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}${GAP}min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}${GAP}h`;
  return `${Math.floor(whole / 86_400)}${GAP}d`;
}

/** A length of time in words of one unit: 5 min, 1 h, 90 s. */
export function span(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}${GAP}h`;
  if (seconds % 60 === 0) return `${seconds / 60}${GAP}min`;
  return `${seconds}${GAP}s`;
}

export type TimeZone = "local" | "utc";

let zone: TimeZone = "local";

/** In which zone all clock times and days are read from now on. */
export function setTimeZone(chosen: TimeZone): void {
  zone = chosen;
}

/** The name of the zone that is read: “UTC”, “Europe/Berlin”. */
export function timeZoneName(): string {
  return zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The clock of the reader's zone, 13:51 or 13:51:30. */
export function clock(instant: number, withSeconds = false): string {
  return zonedTime(instant).slice(11, withSeconds ? 19 : 16);
}

/** The same to the millisecond: 13:51:30.412. */
export function fineClock(instant: number): string {
  const milliseconds = Math.round(instant * 1000);
  return `${clock(milliseconds / 1000, true)}.${String(milliseconds % 1000).padStart(3, "0")}`;
}

/** The day of the reader's zone: 5 Nov. */
export function day(instant: number): string {
  return new Date(instant * 1000).toLocaleDateString("en-GB", {
    day: "numeric", month: "short", ...(zone === "utc" ? { timeZone: "UTC" } : {}),
  });
}

/** A moment as briefly as is clear at `now`: 13:51, and of another day 5 Nov 13:51. */
export function moment(instant: number, now: number): string {
  const time = clock(instant);
  return day(instant) === day(now) ? time : `${day(instant)} ${time}`;
}

/** Day and clock of the reader's zone as a field has them: 2026-11-05T13:51:30. */
export function zonedTime(instant: number): string {
  const seconds = Math.floor(instant);
  const offset = zone === "utc" ? 0 : new Date(seconds * 1000).getTimezoneOffset() * 60;
  return new Date((seconds - offset) * 1000).toISOString().slice(0, 19);
}

/** The instant in Unix seconds that such a field tells; NaN where it tells none. */
export function instantOf(zonedTime: string): number {
  return Date.parse(zone === "utc" ? `${zonedTime}Z` : zonedTime) / 1000;
}

export function significant(value: number): string {
  if (value === 0) return "0";
  const text = Math.abs(value).toPrecision(3);
  const plain = text.includes("e") ? count(Number(text)) : text;
  return value < 0 ? `−${plain}` : plain;
}

function trimZeros(number: string): string {
  return number.includes(".") ? number.replace(/\.?0+$/, "") : number;
}
