import * as format from "../format";
import type { HeatChart } from "../model/chart";
import { fullest, SHADES, shadeOf } from "../model/heat";
import styles from "./heatLegend.module.css";

/** How many requests the palest and the darkest cell hold; between them it is logarithmic. */
export function HeatLegend({ chart }: { chart: HeatChart }) {
  const most = fullest(chart);
  if (most === 0) return null;
  if (most === 1) return <><i className={styles.one} aria-hidden />1</>;
  const shown = shadeOf(most, most) / (SHADES - 1); // of the whole scale, from its pale end
  return (
    <>1<i className={styles.scale} style={{ backgroundSize: `${100 / shown}% 100%` }} aria-hidden />{format.count(most)}</>
  );
}
