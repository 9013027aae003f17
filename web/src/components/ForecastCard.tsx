import { type ReactNode, useCallback, useMemo } from "react";
import type { Client, Question } from "../api/client";
import { forecastChart, forecastWords, HOUR } from "../model/forecast";
import { SharedCursor } from "../charts/cursor";
import cards from "./card.module.css";
import { ChartCard, type ChartLook } from "./ChartCard";
import { Empty } from "./Empty";
import styles from "./forecastCard.module.css";
import { Guard } from "./Guard";
import { useAsked } from "./useAsked";

const ASKED_EVERY = HOUR / 6; // the server makes it anew no more often

interface Props {
  client: Client;
  question: Question;
  asOf: number;
  target: number | null;
  look: ChartLook;
  plotHeight: number;
  view: { isTableView: boolean; onView(isTableView: boolean): void };
  /** What leads back. */
  aside: ReactNode;
}

export function ForecastCard(props: Props) {
  return <Guard name="Forecast"><SharedCursor><Drawn {...props} /></SharedCursor></Guard>; // other hours than the charts below
}

/** The coming day of an endpoint's response time, with the range that holds 95 of 100 outcomes. */
function Drawn({ client, question, asOf, target, look, plotHeight, view, aside }: Props) {
  const ask = useCallback((asked: Question) => client.predictions(asked), [client]);
  const { answer, error } = useAsked(ask, question, Math.floor(asOf / ASKED_EVERY) * ASKED_EVERY);
  const chart = useMemo(() => answer && forecastChart(answer, target), [answer, target]);
  const fileOf = (format: "csv" | "json") => client.exportAddress("predictions", question, format);
  const isMissing = answer ? chart === null : error !== null;
  return (
    <>
      {isMissing ? (
        <section className={cards.card}><Empty title="No forecast">{error ?? "It has no response times."} {aside}</Empty></section>
      ) : (
        <ChartCard name="Response time" chart={chart} csv={fileOf("csv")} json={fileOf("json")} empty={null}
                   note="forecast of the next 24 hours; the range holds 95 of 100 outcomes"
                   aside={aside} look={{ ...look, onRange: undefined }} plotHeight={plotHeight} view={view}
                   foot={answer && <Words words={forecastWords(answer)} />} />
      )}
    </>
  );
}

function Words({ words }: { words: readonly string[] }) {
  return <div className={styles.words}>{words.map((each) => <p key={each}>{each}</p>)}</div>;
}
