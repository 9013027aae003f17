import type { Advice, Client, Settings } from "../api/client";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "../model/address";
import {
  ADVICE_TYPE_WORDS, certaintyWords, endpointOf, evidenceText, FIRST_THINGS, waitingWords,
} from "../model/advice";
import { PriorityGlyph } from "./Glyph";
import styles from "./advice.module.css";
import cards from "./card.module.css";
import { Loading } from "./Loading";
import { SavingBar } from "./SavingBar";
import { Template } from "./Template";
import { slowly, usePolled } from "./usePolled";

const EVIDENCE_SHOWN = 3;

interface Props {
  client: Client;
  address: Address;
  settings: Settings;
  asOf: number;
}

/** On the Overview: what to do now, in order, and what it would save. */
export function ThreeThings({ client, address, settings, asOf }: Props) {
  const { search, priority } = address.traffic;
  const asked = { search, priority, states: [], endpointId: null, limit: FIRST_THINGS };
  const key = settings.enable_optimizations ? JSON.stringify(asked) : null;
  const { answer, error } = usePolled(() => client.recommendations(asked), key, slowly(asOf));
  if (key === null) return null;
  const hrefFor = (opened: string | null) =>
    formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen: "recommendations", opened });
  return (
    <section className={styles.things} aria-label="Three things to do now">
      <header>
        <h2>{answer?.total === 1 ? "One thing to do now" : "Three things to do now"}</h2>
        <small>ranked by waiting saved × priority × confidence ÷ effort</small>
        <a href={hrefFor(null)}>{answer && answer.total > FIRST_THINGS ? `All ${answer.total} recommendations` : "Recommendations"}</a>
      </header>
      {error !== null && <p role="alert">{error}</p>}
      {answer === null && error === null && <div className={cards.card}><Loading rows={3} /></div>}
      {answer?.total === 0 && (
        <p className={`${cards.card} ${styles.none}`}>
          Nothing that would save much is found. The first look needs a minute or two of traffic.
        </p>
      )}
      {answer !== null && answer.total > 0 && (
        <ol>
          {answer.recommendations.map((advice, index) => (
            <li key={advice.id}><Thing advice={advice} number={index + 1} href={hrefFor(advice.id)} /></li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Thing({ advice, number, href }: { advice: Advice; number: number; href: string }) {
  return (
    <article className={`${cards.card} ${styles.thing}`} data-thin={advice.is_thin || undefined}>
      <p className={styles.kind}>
        <b>{number}</b><span>{ADVICE_TYPE_WORDS[advice.optimization_type]}</span><small>{certaintyWords(advice)}</small>
      </p>
      <h3>{advice.title}</h3>
      <Where advice={advice} />
      <ul>
        {advice.evidence.slice(0, EVIDENCE_SHOWN).map((each) => (
          <li key={each.name}><strong>{evidenceText(each)}</strong> {each.name}</li>
        ))}
        {advice.source && <li><code>{advice.source}</code></li>}
      </ul>
      <SavingBar advice={advice} />
      <p className={styles.waiting}>Saves users {waitingWords(advice.saved_seconds_per_day)} of waiting a day</p>
      <footer><a className={styles.look} href={href}>See evidence</a></footer>
    </article>
  );
}

export function Where({ advice }: { advice: Advice }) {
  const endpoint = endpointOf(advice);
  return (
    <p className={styles.where}>
      {endpoint ? (
        <><PriorityGlyph priority={advice.priority} size={10} /><Template {...endpoint} room={44} /></>
      ) : (
        <span>The service’s processes</span>
      )}
    </p>
  );
}
