// Shares of a whole as a ring: seams in the card's colour, parts in their fixed order.

import { useMemo } from "react";
import type { Split } from "../model/split";
import styles from "./chart.module.css";
import { type ChartOption, useChart } from "./echarts";
import { token } from "./palette";

const SIDE = 108;

export function donutOption(split: Split, colourOf: (name: string) => string): ChartOption {
  return {
    animation: false,
    series: [{
      type: "pie",
      silent: true,
      radius: ["68%", "98%"],
      startAngle: 90,
      label: { show: false },
      itemStyle: { borderColor: colourOf("card"), borderWidth: 1.5 },
      data: split.parts
        .filter(({ seconds }) => seconds > 0)
        .map(({ label, seconds, colour }) => ({
          name: label, value: seconds, itemStyle: { color: colourOf(colour) },
        })),
    }],
  };
}

interface Props {
  split: Split;
  isStale: boolean;
  theme: string;
}

export function Donut({ split, isStale, theme }: Props) {
  const option = useMemo(
    () => donutOption(split, (name) => token(isStale && name !== "card" ? "text-3" : name)),
    [split, isStale, theme],
  );
  const canvas = useChart(option, SIDE);
  const parts = split.parts.map(({ label, share }) => `${label} ${share}`).join(", ");
  return (
    <div className={styles.donut} role="img" aria-label={`Of ${split.total}: ${parts}`}>
      <div ref={canvas} style={{ width: SIDE, height: SIDE }} />
      <span className={styles.donutCentre}><strong>{split.total}</strong><small>mean</small></span>
    </div>
  );
}
