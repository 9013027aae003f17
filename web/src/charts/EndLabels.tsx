import * as format from "../format";
import { type Chart, type EndLabel, endLabels, type HeatChart, targetLabel } from "../model/chart";
import { rowAt } from "../model/heat";
import { spread } from "../model/labels";
import type { Axis } from "./axis";
import styles from "./chart.module.css";
import { type Frame, isSmall } from "./frame";

const LABEL_GAP = 14;

interface Props {
  chart: Chart;
  axis: Axis;
  frame: Frame;
}

export interface PlacedLabel {
  key: string;
  name: string;
  short: string;
  text: string;
  colour: string;
  y: number;
}

/** Names and newest values beside their lines' ends, pushed apart until each can be read. */
export function placedLabels(chart: Chart, axis: Axis, frame: Frame): PlacedLabel[] {
  const labels = chart.kind === "heatmap" ? targetLabels(chart) : endLabels(chart, axis.top);
  const bottom = frame.top + frame.plotHeight;
  const wanted = labels.map(({ value }) => bottom - (frame.plotHeight * Math.min(value, axis.top)) / axis.top);
  const places = spread(wanted, LABEL_GAP, frame.top, bottom);
  return labels.map(({ value: _, ...label }, index) => ({ ...label, y: places[index]! }));
}

function targetLabels(chart: HeatChart): EndLabel[] {
  const row = chart.target === null ? null : rowAt(chart, chart.target);
  return row === null ? [] : [targetLabel(format.duration(chart.target), row)];
}

export function EndLabels({ chart, axis, frame }: Props) {
  const isShort = isSmall(frame);
  return placedLabels(chart, axis, frame).map(({ key, name, short, text, colour, y }) => (
    <span
      key={key}
      className={styles.endLabel}
      data-line={key}
      data-quiet={colour === "text-2" || undefined}
      style={{ left: frame.width - frame.right + 8, top: y - 8, color: `var(--${colour})` }}
    >
      {isShort ? short : name}
      {!isShort && <span>{text}</span>}
    </span>
  ));
}
