// A line without axes, for the shape of the last while.

import { sparklineScale } from "../model/sparkline";
import styles from "./sparkline.module.css";

const HEIGHT = 24;
const EDGE = 3; // room for the dot

interface SparklineProps {
  values: readonly (number | null)[];
  label: string;
  width?: number;
}

export function Sparkline({ values, label, width = 86 }: SparklineProps) {
  const scale = sparklineScale(values);
  if (scale === null) return null;
  const x = (index: number) => EDGE + (index / Math.max(1, values.length - 1)) * (width - 2 * EDGE);
  const y = (value: number) =>
    HEIGHT - EDGE - ((value - scale.low) / (scale.high - scale.low)) * (HEIGHT - 2 * EDGE);
  const lastIndex = values.findLastIndex((value) => value !== null);
  return (
    <svg className={styles.sparkline} width={width} height={HEIGHT} role="img" aria-label={label}>
      <path d={linePath(values, x, y)} />
      <circle cx={x(lastIndex)} cy={y(values[lastIndex] ?? scale.low)} r="1.8" />
    </svg>
  );
}

/** The pen is lifted where nothing is known. */
function linePath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let isDown = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${isDown ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = value !== null;
  });
  return path;
}
