import type { ObjectiveShown } from "../api/client";
import { placeWords, promiseWords, scopeWords, SOURCE_WORDS } from "../model/objectives";
import cards from "./card.module.css";
import { Button } from "./Control";
import styles from "./defined.module.css";
import { StateGlyph } from "./Glyph";

interface Props {
  objectives: readonly ObjectiveShown[];
  mayChange: boolean;
  onNew(): void;
  onEdit(objective: ObjectiveShown): void;
  onDelete(objective: ObjectiveShown): void;
}

/** Every objective of every place, and which of those with one id wins. */
export function DefinedObjectives({ objectives, mayChange, onNew, ...acts }: Props) {
  return (
    <section className={`${cards.card} ${styles.defined}`} aria-label="What is defined">
      <header>
        <div>
          <h2>What is defined</h2>
          <p>In the settings, on this page, and by the table of priorities. Of one id the page’s wins, then the settings’.</p>
        </div>
        {mayChange && <Button onClick={onNew}>New objective</Button>}
      </header>
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
            {mayChange && <Acts objective={objective} {...acts} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What another place has, and does not hold, is changed by the one that does. */
function Acts({ objective, onEdit, onDelete }: { objective: ObjectiveShown } & Pick<Props, "onEdit" | "onDelete">) {
  const isPage = objective.source === "page";
  return (
    <span className={styles.acts}>
      {(isPage || objective.is_in_force) && (
        <Button onClick={() => onEdit(objective)} aria-label={`Edit ${objective.name}`}>Edit</Button>
      )}
      {isPage && <Button onClick={() => onDelete(objective)} aria-label={`Take back ${objective.name}`}>Take back</Button>}
    </span>
  );
}
