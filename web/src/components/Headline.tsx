import type { Sentence } from "../model/sentence";
import { StateGlyph } from "./Glyph";
import styles from "./headline.module.css";

/** A sentence before a chart. */
export function Headline({ sentence }: { sentence: Sentence }) {
  return (
    <header className={styles.sentence}>
      <StateGlyph state={sentence.state} size={16} />
      <div>
        <h1>{sentence.title}</h1>
        <p>{sentence.detail}</p>
      </div>
    </header>
  );
}
