// Any chart over time: drawn by ECharts; labels at line ends, crosshair and tooltip as HTML.

import { type KeyboardEvent, type PointerEvent, useMemo, useState } from "react";
import { anchorOf, type Chart as ChartData, stepAt, summaryOf } from "../model/chart";
import { deploysWithin, deployWords } from "../model/deploys";
import { useSteadyAxis } from "./axis";
import { RegressionBands, UsualBand } from "./bands";
import styles from "./chart.module.css";
import { chartOption } from "./chartOption";
import { ChartTooltip } from "./ChartTooltip";
import { useCursor } from "./cursor";
import { DeployMarks, useDeploys } from "./deploys";
import { useChart } from "./echarts";
import { EndLabels } from "./EndLabels";
import { type Frame, frameFor, heightOf, heightRatioAt, instantAt, xOf } from "./frame";
import { paletteFor } from "./palette";
import { useDrag } from "./useDrag";
import { useWidth } from "./useWidth";

export interface ChartProps {
  chart: ChartData;
  plotHeight: number;
  isStale?: boolean;
  /** `light` or `dark`: a canvas must be painted anew when it changes. */
  theme: string;
  /** A range of time was chosen by dragging, in Unix seconds. */
  onRange?: ((from: number, to: number) => void) | undefined;
}

interface Point {
  x: number;
  y: number;
}

export function Chart({ chart, plotHeight, isStale = false, theme, onRange }: ChartProps) {
  const [box, width] = useWidth();
  const frame = frameFor(width, plotHeight);
  const [instant, setInstant] = useCursor();
  const [pointer, setPointer] = useState<Point | null>(null);
  const [isReading, setReading] = useState(false); // by keys
  const axis = useSteadyAxis(chart, plotHeight, pointer !== null);
  const colours = chart.kind === "heatmap" ? "" : chart.lines.map((line) => line.colour).join();
  const palette = useMemo(() => paletteFor(chart, isStale), [isStale, theme, colours]);
  const option = useMemo(
    () => chartOption({ chart, axis, frame, palette }),
    [chart, axis.top, axis.ticks.length, width, plotHeight, palette],
  );
  const canvas = useChart(option, width);
  const drag = useDrag(onRange && (({ from, to }) =>
    onRange(clamped(instantAt(from, chart, frame), chart), clamped(instantAt(to, chart, frame), chart))));
  const deploys = deploysWithin(useDeploys(), chart);
  const index = instant === null ? null : stepAt(chart, instant);

  const onPointerMove = (event: PointerEvent) => {
    const point = pointIn(event);
    setPointer(point);
    setInstant(instantAt(point.x, chart, frame));
    drag.move(point.x);
  };
  const onPointerLeave = () => {
    setPointer(null);
    setInstant(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && drag.drag) return drag.cancel();
    const next = indexAfterKey(event.key, index, chart.times.length);
    if (next === undefined) return;
    event.preventDefault();
    setReading(next !== null);
    setInstant(next === null ? null : chart.times[next]! + anchorOf(chart));
  };

  return (
    <div
      ref={box}
      className={styles.chart}
      data-stale={isStale || undefined}
      data-draggable={onRange ? true : undefined}
      style={{ height: heightOf(frame) }}
      role="group"
      aria-roledescription="chart"
      aria-label={[summaryOf(chart), ...deploys.map((deploy) => `${deployWords(deploy, chart.asOf)}.`)].join(" ")}
      tabIndex={0}
      onPointerDown={(event) => drag.begin(event, pointIn(event).x)}
      onPointerMove={onPointerMove}
      onPointerUp={drag.end}
      onPointerCancel={drag.cancel}
      onPointerLeave={onPointerLeave}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setReading(false);
        setInstant(null);
      }}
    >
      <div ref={canvas} className={styles.canvas} aria-hidden />
      {width > 0 && <EndLabels chart={chart} axis={axis} frame={frame} />}
      {width > 0 && chart.kind !== "heatmap" && <UsualBand chart={chart} axis={axis} frame={frame} />}
      {width > 0 && chart.kind !== "heatmap" && <RegressionBands chart={chart} frame={frame} />}
      {width > 0 && <DeployMarks chart={chart} frame={frame} />}
      {drag.drag && <Chosen from={drag.drag.from} to={drag.drag.to} frame={frame} />}
      {index !== null && width > 0 && (
        <Crosshair x={xOf(chart.times[index]! + anchorOf(chart), chart, frame)} frame={frame} />
      )}
      {index !== null && (pointer !== null || isReading) && !drag.drag && (
        <ChartTooltip chart={chart} index={index} frame={frame}
                      pointedRatio={pointer && heightRatioAt(pointer.y, frame)}
                      x={xOf(chart.times[index]! + anchorOf(chart), chart, frame)} />
      )}
    </div>
  );
}

function pointIn(event: PointerEvent): Point {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function clamped(instant: number, { start, end }: ChartData): number {
  return Math.min(end, Math.max(start, instant));
}

/** Undefined: not a key of the chart's. */
function indexAfterKey(key: string, index: number | null, length: number): number | null | undefined {
  const last = length - 1;
  if (length === 0) return undefined;
  if (key === "ArrowLeft") return Math.max(0, (index ?? length) - 1);
  if (key === "ArrowRight") return Math.min(last, (index ?? last) + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" && index !== null ? null : undefined;
}

function Crosshair({ x, frame }: { x: number; frame: Frame }) {
  return <span className={styles.crosshair} data-crosshair style={{ left: x, top: frame.top, height: frame.plotHeight }} />;
}

function Chosen({ from, to, frame }: { from: number; to: number; frame: Frame }) {
  const [left, right] = [Math.min(from, to), Math.max(from, to)].map((x) =>
    Math.min(frame.width - frame.right, Math.max(frame.left, x))) as [number, number];
  return (
    <span className={styles.chosen}
          style={{ left, width: right - left, top: frame.top, height: frame.plotHeight }} />
  );
}
