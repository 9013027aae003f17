import { useDebouncedValue } from "@mantine/hooks";
import { useId, useState } from "react";
import type { Client, Objective } from "../api/client";
import { type Goal, targetWords } from "../model/objectives";
import { asObjective, boundsFor, boundWords, targetsFor, TRIED_DAYS } from "../model/whatif";
import { BacktestTold } from "./BacktestTold";
import { Button, Segments } from "./Control";
import { Loading } from "./Loading";
import styles from "./objectives.module.css";
import { slowly, usePolled } from "./usePolled";

interface Props {
  client: Client;
  goal: Goal;
  asOf: number;
  mayChange: boolean;
  onKeep(objective: Objective): void;
}

const WAIT_MS = 250; // a slider passes many values on its way

/** Another target or bound, tried on what is stored before anybody relies on it. */
export function WhatIf({ client, goal: { row, objective }, asOf, mayChange, onKeep }: Props) {
  const [target, setTarget] = useState(objective.target);
  const [bound, setBound] = useState(objective.bound);
  const [days, setDays] = useState(7);
  const tried: Objective = { ...asObjective(objective), target, bound };
  const [asked] = useDebouncedValue(JSON.stringify({ objective: tried, endpoint_id: row.endpoint_id, days }), WAIT_MS);
  const body = JSON.parse(asked) as { objective: Objective; endpoint_id: string; days: number };
  const { answer, isCurrent, error } = usePolled(() => client.backtest(body), asked, slowly(asOf));
  const isOther = target !== objective.target || bound !== objective.bound;
  return (
    <section aria-label="What if">
      <h3>What if</h3>
      <div className={styles.sliders}>
        <Slider name="Target" values={targetsFor(objective)} value={target} words={targetWords} onChange={setTarget} />
        {bound !== null && (
          <Slider name="Bound" values={boundsFor(objective)} value={bound} words={(value) => boundWords(objective, value)}
                  onChange={setBound} />
        )}
        <div className={styles.days}>
          <span>Tried on the last</span>
          <Segments label="Tried on the last" value={days} segments={TRIED_DAYS} onChange={setDays} />
        </div>
      </div>
      {error !== null && <p className={styles.refused} role="alert">{error}</p>}
      {answer === null ? error === null && <Loading rows={4} /> : (
        <div data-waiting={!isCurrent || undefined} className={styles.answer}>
          <BacktestTold backtest={answer} objective={body.objective} />
        </div>
      )}
      {mayChange && (
        <p className={styles.keep}>
          <Button isPrimary disabled={!isOther} onClick={() => onKeep(tried)}>Keep this objective</Button>
          {isOther && <Button onClick={() => {
            setTarget(objective.target);
            setBound(objective.bound);
          }}>Back to the one in force</Button>}
        </p>
      )}
    </section>
  );
}

interface SliderProps {
  name: string;
  values: readonly number[];
  value: number;
  words(value: number): string;
  onChange(value: number): void;
}

function Slider({ name, values, value, words, onChange }: SliderProps) {
  const id = useId();
  return (
    <div className={styles.slider}>
      <label htmlFor={id}>{name}</label>
      <input id={id} type="range" min={0} max={values.length - 1} step={1} value={Math.max(0, values.indexOf(value))}
             aria-valuetext={words(value)} onChange={(event) => onChange(values[Number(event.target.value)] ?? value)} />
      <output htmlFor={id}>{words(value)}</output>
    </div>
  );
}
