import type { ObjectiveShown } from "../api/client";
import { placeWords, promiseWords, scopeWords, SOURCE_WORDS } from "../model/objectives";
import cards from "./card.module.css";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import styles from "./definedObjectives.module.css";

interface Props {
  objectives: readonly ObjectiveShown[];
  mayChange: boolean;
  onDelete(objective: ObjectiveShown): void;
}

/** Every objective of every place, and which of those with one id wins. */
export function DefinedObjectives({ objectives, mayChange, onDelete }: Props) {
  return (
    <section className={`${cards.card} ${styles.defined}`} aria-label="What is defined">
      <h2>What is defined</h2>
      <p>In the settings, on this page, and by the table of priorities. Of one id the page’s wins, then the settings’.</p>
      <ul>
        {objectives.map((objective) => (
          <li key={`${objective.source} ${objective.id}`} data-out={!objective.is_in_force || undefined}>
            <StateGlyph state={objective.is_in_force ? "resolved" : "silenced"} size={12} />
            <div>
              <strong>{objective.name}</strong>
              <span>{promiseWords(objective)}, {scopeWords(objective)}{!objective.alerts && ", without alerts"}</span>
              <span>{SOURCE_WORDS[objective.source]}: {placeWords(objective)}</span>
              {objective.never_fires && <span className={styles.never}>{objective.never_fires}</span>}
            </div>
            {mayChange && objective.source === "page" && (
              <Button onClick={() => onDelete(objective)} aria-label={`Take back ${objective.name}`}>Take back</Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
