import * as format from "../format";
import type { HeatChart } from "../model/chart";
import { fullest } from "../model/heat";
import styles from "./heatLegend.module.css";

/** How many requests the palest and the darkest cell hold; between them it is logarithmic. */
export function HeatLegend({ chart }: { chart: HeatChart }) {
  const most = fullest(chart);
  if (most === 0) return null;
  return <>{most > 1 && "1"}<i className={styles.scale} aria-hidden />{format.count(most)}</>;
}
