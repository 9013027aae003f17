import type { AlertState } from "../api/client";
import * as format from "../format";
import { ALERT_STATE_WORDS, TILE_STATES } from "../model/alerts";
import styles from "./alerts.module.css";
import cards from "./card.module.css";
import { StateGlyph } from "./Glyph";

interface Props {
  counts: Readonly<Record<string, number>>;
  chosen: AlertState | null;
  onChoose(state: AlertState | null): void;
}

/** How many alerts are in each state; a tile lists its own alone. */
export function AlertTiles({ counts, chosen, onChoose }: Props) {
  return (
    <div className={`${cards.card} ${styles.tiles}`} role="group" aria-label="Alerts by state">
      {TILE_STATES.map((state) => {
        const { word, means } = ALERT_STATE_WORDS[state];
        const count = counts[state] ?? 0;
        return (
          <button key={state} type="button" className={styles.tile} aria-pressed={chosen === state} title={means}
                  data-state={state} data-none={count === 0 || undefined}
                  onClick={() => onChoose(chosen === state ? null : state)}>
            <span><StateGlyph state={state} size={12} />{word}</span>
            <strong>{format.count(count)}</strong>
          </button>
        );
      })}
    </div>
  );
}
