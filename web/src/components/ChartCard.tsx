import { type ReactNode, useState } from "react";
import { Chart } from "../charts/Chart";
import { ChartTable } from "../charts/ChartTable";
import { useDeploys } from "../charts/deploys";
import { AXIS_SPACE } from "../charts/frame";
import { chartPicture } from "../charts/picture";
import { type Chart as ChartData, hasPoints, isCompared } from "../model/chart";
import cards from "./card.module.css";
import styles from "./chartCard.module.css";
import { ChartMenu } from "./ChartMenu";
import { Guard } from "./Guard";
import { Loading } from "./Loading";

const DRAWN_EXTRA = AXIS_SPACE + 10; // px around a plot; a table and what waits are as high

/** How all charts of a page are shown at a moment. */
export interface ChartLook {
  theme: string;
  isStale: boolean;
  onRange?: ((from: number, to: number) => void) | undefined;
}

interface Props {
  name: string;
  /** Null while its answer is awaited. */
  chart: ChartData | null;
  note: ReactNode;
  /** Stands at the right of the head: a legend, a remark. */
  aside?: ReactNode;
  /** Where its numbers can be had. */
  csv: string;
  json: string;
  /** Said where there is nothing to draw. */
  empty: ReactNode;
  plotHeight: number;
  look: ChartLook;
  /** Stands under the chart: what is to be said of it. */
  foot?: ReactNode;
  /** Chart or table, where the address remembers it; else the card does. */
  view?: { isTableView: boolean; onView(isTableView: boolean): void };
}

export function ChartCard(props: Props) {
  return <Guard name={props.name}><Card {...props} /></Guard>;
}

function Card({ name, chart, note, aside, csv, json, empty, plotHeight, look, view, foot }: Props) {
  const [isOwnTable, setOwnTable] = useState(false);
  const { isTableView, onView } = view ?? { isTableView: isOwnTable, onView: setOwnTable };
  const deploys = useDeploys();
  const isDrawn = chart !== null && hasPoints(chart);
  return (
    <section className={`${cards.card} ${styles.chartCard}`} aria-label={name}>
      <header className={styles.chartHead}>
        <div className={styles.words}>
          <h2>{name}</h2>
          <small className={styles.note}>{note}</small>
        </div>
        <span className={styles.aside}>
          {chart && isCompared(chart) && <><span className={styles.before} />period before</>}
          {aside}
        </span>
        <ChartMenu name={name} view={{ isTableView, onView }}
                   exports={{ csv, json, picture: isDrawn ? () => chartPicture(chart, deploys) : null }} />
      </header>
      {chart === null ? (
        <div style={{ minHeight: plotHeight + DRAWN_EXTRA }}><Loading rows={Math.floor(plotHeight / 30)} /></div>
      ) : isTableView ? (
        <ChartTable chart={chart} height={plotHeight + DRAWN_EXTRA} />
      ) : !isDrawn ? (
        empty
      ) : (
        <Chart chart={chart} plotHeight={plotHeight} {...look} />
      )}
      {chart !== null && foot}
    </section>
  );
}
