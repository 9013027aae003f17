// Percentiles over time: lines by ECharts; labels at their ends, crosshair and tooltip as HTML.

import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import type { Series } from "../api/client";
import * as format from "../format";
import { spread } from "../model/labels";
import { lastKnown, peakOf, PERCENTILES } from "../model/percentiles";
import { nextScale, type Scale } from "../model/scale";
import { ChartTooltip } from "./ChartTooltip";
import { useChart } from "./echarts";
import styles from "./chart.module.css";
import { type Frame, type Palette, responseTimeOption } from "./responseTimeOption";
import { token } from "./tokens";
import { useDragRange } from "./useDragRange";
import { useWidth } from "./useWidth";

const SMALL = 560; // px of width under which margins shrink and labels are short names
const AXIS_SPACE = 28;
const LABEL_GAP = 14;

interface Props {
  series: Series;
  /** The bound of the endpoint's priority in seconds, where there is one endpoint. */
  target: number | null;
  plotHeight: number;
  isStale: boolean;
  /** `light` or `dark`: a canvas must be painted anew when it changes. */
  theme: string;
  /** The period before, drawn behind; null: none. */
  previous: Series | null;
  /** A range was drawn on the plot, in Unix seconds. */
  onRange(from: number, to: number): void;
}

export function ResponseTimeChart({ series, target, plotHeight, isStale, theme, previous, onRange }: Props) {
  const [box, width] = useWidth();
  const frame = frameFor(width, plotHeight);
  const [cursor, setCursor] = useState<number | null>(null);
  const [isPointerInside, setPointerInside] = useState(false);
  const scale = useSteadyScale(series, target, plotHeight, isPointerInside);
  const palette = useMemo(() => paletteFor(isStale), [isStale, theme]);
  const shownTarget = target !== null && target <= scale.top ? target : null;
  const option = useMemo(
    () => responseTimeOption({ series, previous, scale, frame, palette, target: shownTarget }),
    [series, previous, scale, width, plotHeight, palette, shownTarget],
  );
  const canvas = useChart(option, width);
  const index = cursor === null ? null : Math.min(cursor, series.times.length - 1);

  const drag = useDragRange(
    {
      left: frame.left, width: width - frame.left - frame.right,
      start: series.times[0] ?? series.start, end: series.times.at(-1) ?? series.end,
    },
    onRange,
  );

  const onPointerMove = (event: PointerEvent) => {
    drag.onMove(event);
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setPointerInside(true);
    setCursor(indexAt(x, frame, series.times.length));
  };
  const onPointerLeave = () => {
    setPointerInside(false);
    setCursor(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = indexAfterKey(event.key, index, series.times.length);
    if (next === undefined) return;
    event.preventDefault();
    setCursor(next);
  };

  return (
    <div
      ref={box}
      className={styles.chart}
      data-stale={isStale || undefined}
      style={{ height: frame.top + plotHeight + AXIS_SPACE }}
      role="group"
      aria-roledescription="chart"
      aria-label={summaryOf(series)}
      tabIndex={0}
      {...drag.listeners}
      onPointerMove={onPointerMove}
      onPointerLeave={onPointerLeave}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(null)}
    >
      <div ref={canvas} className={styles.canvas} aria-hidden />
      {width > 0 && <EndLabels {...{ series, target, scale, frame }} />}
      {drag.band && (
        <span className={styles.drag} style={{ ...drag.band, top: frame.top, height: plotHeight }} />
      )}
      {index !== null && index >= 0 && <Crosshair {...{ series, index, frame }} />}
    </div>
  );
}

function frameFor(width: number, plotHeight: number): Frame {
  const isSmall = width < SMALL;
  return { width, left: isSmall ? 52 : 56, right: isSmall ? 48 : 120, top: 10, plotHeight };
}

function useSteadyScale(
  series: Series, target: number | null, plotHeight: number, isPointerInside: boolean,
): Scale {
  const last = useRef<{ endpointId: string | null; windowSeconds: number; scale: Scale }>(null);
  const { endpoint_id: endpointId, start, end } = series;
  const windowSeconds = Math.round(end - start);
  const isSame =
    last.current?.endpointId === endpointId && last.current.windowSeconds === windowSeconds;
  const scale = nextScale(isSame ? last.current!.scale : null, {
    peak: peakOf(series, target),
    lines: Math.max(2, Math.floor(plotHeight / 40)),
    now: series.as_of,
    isPointerInside,
  });
  last.current = { endpointId, windowSeconds, scale };
  return scale;
}

function paletteFor(isStale: boolean): Palette {
  const line = (name: string) => token(isStale ? "text-3" : name);
  return {
    grid: token("grid"),
    axis: token("line-strong"),
    text: token("text-3"),
    previous: token("field"),
    target: token("text-1"),
    lines: { p50: line("p50"), p95: line("p95"), p99: line("p99"), p999: line("p999") },
  };
}

function indexAt(x: number, frame: Frame, length: number): number | null {
  const plotWidth = frame.width - frame.left - frame.right;
  const ratio = (x - frame.left) / plotWidth;
  if (length === 0 || ratio < -0.02 || ratio > 1.02) return null;
  return Math.round(Math.min(1, Math.max(0, ratio)) * (length - 1));
}

/** Undefined: not a key of the chart's. */
function indexAfterKey(key: string, index: number | null, length: number): number | null | undefined {
  const last = length - 1;
  if (key === "ArrowLeft") return Math.max(0, (index ?? length) - 1);
  if (key === "ArrowRight") return Math.min(last, (index ?? last) + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" && index !== null ? null : undefined;
}

function summaryOf(series: Series): string {
  const values = PERCENTILES.map(
    ({ label, field }) => `${label} ${format.duration(lastKnown(series[field]))}`,
  );
  return `Response time of ${series.name}, newest: ${values.join(", ")}. Arrow keys read each step.`;
}

interface EndLabelsProps {
  series: Series;
  target: number | null;
  scale: Scale;
  frame: Frame;
}

interface EndLabel {
  key: string;
  name: string;
  value: number;
  text: string;
}

function EndLabels({ series, target, scale, frame }: EndLabelsProps) {
  const isShort = frame.width < SMALL;
  const labels = endLabels(series, target, scale);
  const wanted = labels.map(
    ({ value }) => frame.top + frame.plotHeight * (1 - Math.min(value, scale.top) / scale.top),
  );
  const places = spread(wanted, LABEL_GAP, frame.top, frame.top + frame.plotHeight);
  return labels.map(({ key, name, text }, index) => (
    <span
      key={key}
      className={styles.endLabel}
      data-line={key}
      style={{ left: frame.width - frame.right + 8, top: places[index]! - 8 }}
    >
      {name}
      {!isShort && <span>{text}</span>}
    </span>
  ));
}

function endLabels(series: Series, target: number | null, scale: Scale): EndLabel[] {
  const labels: EndLabel[] = [];
  for (const { key, label, field } of PERCENTILES) {
    const value = lastKnown(series[field]);
    if (value !== null) labels.push({ key, name: label, value, text: format.duration(value) });
  }
  if (target !== null && labels.length > 0) {
    const isAbove = target > scale.top;
    const text = format.duration(target) + (isAbove ? " ↑" : "");
    labels.push({ key: "target", name: "target", value: target, text });
  }
  return labels;
}

function Crosshair({ series, index, frame }: { series: Series; index: number; frame: Frame }) {
  const plotWidth = frame.width - frame.left - frame.right;
  const x = frame.left + (index / Math.max(1, series.times.length - 1)) * plotWidth;
  return (
    <>
      <span className={styles.crosshair} style={{ left: x, top: frame.top, height: frame.plotHeight }} />
      <ChartTooltip series={series} index={index} x={x} width={frame.width} />
    </>
  );
}
