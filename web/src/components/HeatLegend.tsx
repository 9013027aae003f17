import * as format from "../format";
import type { HeatChart } from "../model/chart";
import { fullest, SHADES, shadeOf } from "../model/heat";
import styles from "./heatLegend.module.css";

/** How many requests the palest and the darkest cell hold; between them it is logarithmic. */
export function HeatLegend({ chart }: { chart: HeatChart }) {
  const most = fullest(chart);
  if (most === 0) return null;
  if (most === 1) return <><i className={styles.one} aria-hidden />1</>;
  const [first, last] = [shadeOf(1, most), shadeOf(most, most)].map((shade) => shade / (SHADES - 1)) as [number, number];
  const shown = last - first; // of the whole scale
  const look = {
    backgroundSize: `${100 / shown}% 100%`,
    backgroundPosition: shown < 1 ? `${(first / (1 - shown)) * 100}% 0` : undefined,
  };
  return <>1<i className={styles.scale} style={look} aria-hidden />{format.count(most)}</>;
}
