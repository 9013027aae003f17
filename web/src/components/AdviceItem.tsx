import { useId } from "react";
import type { Advice, Client } from "../api/client";
import * as format from "../format";
import {
  actsOn, actualWords, ADVICE_STATE_WORDS, ADVICE_TYPE_WORDS, certaintyWords, evidenceText, sampleWords, waitingWords,
} from "../model/advice";
import { ADVICE_ACT_WORDS, type AskedAdvice } from "./AdviceDialog";
import styles from "./advice.module.css";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { PriorityChip } from "./PriorityChip";
import { SavingBar } from "./SavingBar";
import { Where } from "./ThreeThings";
import { usePolled } from "./usePolled";

interface Props {
  client: Client;
  advice: Advice;
  /** Its place in the list of things to do; null where it is none. */
  number: number | null;
  asOf: number;
  mayAct: boolean;
  isOpened: boolean;
  /** The screen that shows what it is about; null where there is none. */
  href: string | null;
  onOpen(id: string | null): void;
  onAct(asked: AskedAdvice): void;
}

/** One recommendation: what, where and how much; unfolded, why, how that was derived, and what became of it. */
export function AdviceItem({ client, advice, number, asOf, mayAct, isOpened, href, onOpen, onAct }: Props) {
  const evidence = useId();
  const { word, glyph } = ADVICE_STATE_WORDS[advice.state];
  return (
    <li className={styles.item} data-advice={advice.id} data-state={advice.state}>
      <b className={styles.number}>{number ?? ""}</b>
      <div className={styles.words}>
        <p className={styles.kind}>
          <span>{ADVICE_TYPE_WORDS[advice.optimization_type]}</span><small>{certaintyWords(advice)}</small>
        </p>
        <h3>{advice.title}</h3>
        <Where advice={advice} />
        <Became advice={advice} />
      </div>
      <div className={styles.figures}>
        <SavingBar advice={advice} />
        <p className={styles.waiting}>Saves users {waitingWords(advice.saved_seconds_per_day)} of waiting a day</p>
      </div>
      <div className={styles.side}>
        <span className={styles.state} title={ADVICE_STATE_WORDS[advice.state].means}><StateGlyph state={glyph} size={12} />{word}</span>
        {advice.endpoint && <PriorityChip priority={advice.priority} />}
        <Button aria-expanded={isOpened} aria-controls={evidence} onClick={() => onOpen(isOpened ? null : advice.id)}>
          {isOpened ? "Fold" : "See evidence"}
        </Button>
      </div>
      <div id={evidence} className={styles.drawer} hidden={!isOpened}>
        {isOpened && <Evidence {...{ client, advice, asOf, mayAct, href, onAct }} />}
      </div>
    </li>
  );
}

/** What it did, or who did what about it, where somebody did. */
function Became({ advice }: { advice: Advice }) {
  const actual = actualWords(advice);
  if (actual !== null) return <p className={styles.became}>It {actual}.</p>;
  if (advice.author === "" || advice.author === "judge") return null;
  return <p className={styles.became}>{ADVICE_STATE_WORDS[advice.state].word} by {advice.author}{advice.reason && `: ${advice.reason}`}</p>;
}

type EvidenceProps = Pick<Props, "client" | "advice" | "asOf" | "mayAct" | "href" | "onAct">;

function Evidence({ client, advice, asOf, mayAct, href, onAct }: EvidenceProps) {
  return (
    <>
      <p className={styles.description}>{parts(advice.description)}</p>
      <dl>
        {advice.evidence.map(({ name, ...rest }) => (
          <div key={name}><dt>{name}</dt><dd>{evidenceText({ name, ...rest })}</dd></div>
        ))}
        <div><dt>seen in</dt><dd>{sampleWords(advice)}</dd></div>
      </dl>
      {advice.operation && <p><span>Statement or call</span><code>{advice.operation}</code></p>}
      {advice.source && <p><span>Line</span><code>{advice.source}</code></p>}
      <p><span>Estimate</span>{advice.derivation}</p>
      <p><span>Risk</span>{advice.risk}</p>
      <p><span>Undo</span>{advice.undo}</p>
      <p><span>Rule</span><code>{advice.rule}</code></p>
      <History client={client} advice={advice} asOf={asOf} />
      <footer>
        {mayAct && actsOn(advice).map((act, index) => (
          <Button key={act} isPrimary={index === 0} onClick={() => onAct({ act, advice })}>{ADVICE_ACT_WORDS[act]}</Button>
        ))}
        {href && <a href={href}>Open the endpoint</a>}
      </footer>
    </>
  );
}

/** Text with what stands between backticks set as code. */
function parts(text: string) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

function History({ client, advice, asOf }: Pick<Props, "client" | "advice" | "asOf">) {
  const { answer, error } = usePolled(() => client.recommendationHistory(advice.id), `${advice.id} ${advice.at}`, asOf);
  if (answer === null) return error === null ? <Loading rows={2} /> : <p role="alert">{error}</p>;
  const newest = [...answer.steps].reverse();
  if (newest.length === 0) return <p><span>History</span>Found by whoever asks; nobody judges, so nothing is stored yet.</p>;
  return (
    <ol aria-label="History, the newest first">
      {newest.map((step) => (
        <li key={`${step.is_command} ${step.id}`}>
          <time dateTime={new Date(step.at * 1000).toISOString()}>{format.day(step.at)} {format.clock(step.at, true)}</time>
          <StateGlyph state={ADVICE_STATE_WORDS[step.state].glyph} size={12} />
          <span>{ADVICE_STATE_WORDS[step.state].word}</span>
          <span>{[step.author && `by ${step.author}`, step.reason].filter(Boolean).join(": ")}</span>
        </li>
      ))}
    </ol>
  );
}
