import { useState } from "react";
import type { Client, ObjectiveShown } from "../api/client";
import { draftOf, NEW_OBJECTIVE, type ObjectiveDraft } from "../model/objectiveForm";
import { placeWords, promiseWords, scopeWords, SOURCE_WORDS } from "../model/objectives";
import cards from "./card.module.css";
import { Button } from "./Control";
import styles from "./defined.module.css";
import { StateGlyph } from "./Glyph";
import { type Candidate, ObjectiveDialog } from "./ObjectiveDialog";
import { TakeBackDialog } from "./TakeBackDialog";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  by: By;
  asOf: number;
  mayChange: boolean;
  objectives: readonly ObjectiveShown[];
  candidates: readonly Candidate[];
  onChanged(): void;
}

/** Every objective of every place, which of those with one id wins, and what operators change of them. */
export function DefinedObjectives({ client, by, asOf, mayChange, objectives, candidates, onChanged }: Props) {
  const [draft, setDraft] = useState<ObjectiveDraft | null>(null);
  const [leaving, setLeaving] = useState<ObjectiveShown | null>(null);
  const done = (isDone: boolean) => {
    setDraft(null);
    setLeaving(null);
    if (isDone) onChanged();
  };
  const acts = mayChange ? { onEdit: (objective: ObjectiveShown) => setDraft(draftOf(objective)), onDelete: setLeaving } : null;
  return (
    <section className={`${cards.card} ${styles.defined}`} aria-label="What is defined">
      <header>
        <div>
          <h2>What is defined</h2>
          <p>In the settings, on this page, and by the table of priorities. Of one id the page’s wins, then the settings’.</p>
        </div>
        {mayChange && <Button onClick={() => setDraft(NEW_OBJECTIVE)}>New objective</Button>}
      </header>
      <ul>{objectives.map((objective) => <Defined key={`${objective.source} ${objective.id}`} objective={objective} acts={acts} />)}</ul>
      <ObjectiveDialog {...{ client, by, asOf, candidates }} asked={draft} taken={objectives.map(({ id }) => id)} onClose={done} />
      <TakeBackDialog by={by} isOpen={leaving !== null} onClose={done}
                      send={({ author, reason }) => client.deleteObjective(leaving!.id, author, reason)}>
        {leaving && `${promiseWords(leaving)}, for ${scopeWords(leaving)}. What it stands in place of holds again.`}
      </TakeBackDialog>
    </section>
  );
}

interface Acts {
  onEdit(objective: ObjectiveShown): void;
  onDelete(objective: ObjectiveShown): void;
}

function Defined({ objective, acts }: { objective: ObjectiveShown; acts: Acts | null }) {
  return (
    <li data-out={!objective.is_in_force || undefined}>
      <StateGlyph state={objective.is_in_force ? "resolved" : "silenced"} size={12} />
      <div>
        <strong>{objective.name}</strong>
        <span>{promiseWords(objective)}, {scopeWords(objective)}{!objective.alerts && ", without alerts"}</span>
        <span>{SOURCE_WORDS[objective.source]}: {placeWords(objective)}</span>
        {objective.never_fires && <span className={styles.never}>{objective.never_fires}</span>}
      </div>
      {acts && <DefinedActs objective={objective} {...acts} />}
    </li>
  );
}

/** What another place has, and does not hold, is changed by the one that does. */
function DefinedActs({ objective, onEdit, onDelete }: { objective: ObjectiveShown } & Acts) {
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
