import { useState } from "react";
import type { AlertRuleShown, Client } from "../api/client";
import { dividedRules, NEW_RULE, RULE_SOURCE_WORDS, ruleBelow, type RuleDraft, ruleDraftOf, rulePlace, ruleScope, ruleWords } from "../model/rules";
import cards from "./card.module.css";
import { Button } from "./Control";
import styles from "./defined.module.css";
import { FoldButton } from "./FoldButton";
import { StateGlyph } from "./Glyph";
import { Loading } from "./Loading";
import { RuleDialog } from "./RuleDialog";
import { TakeBackDialog } from "./TakeBackDialog";
import type { Polled } from "./usePolled";
import type { By } from "./useSigned";

interface Props {
  client: Client;
  by: By;
  mayChange: boolean;
  polled: Polled<AlertRuleShown[]>;
  /** Names of endpoints, to choose from. */
  endpoints: readonly string[];
}

/** Which rules judge, those that somebody chose first, and what operators change of them. */
export function RulesCard({ client, by, mayChange, polled: { answer, error, again }, endpoints }: Props) {
  const [draft, setDraft] = useState<RuleDraft | null>(null);
  const [leaving, setLeaving] = useState<AlertRuleShown | null>(null);
  const done = (isDone: boolean) => {
    setDraft(null);
    setLeaving(null);
    if (isDone) again();
  };
  const acts = mayChange ? { onEdit: (rule: AlertRuleShown) => setDraft(ruleDraftOf(rule)), onDelete: setLeaving } : null;
  return (
    <section className={`${cards.card} ${styles.defined}`} aria-label="Alert rules">
      <header>
        <div>
          <h2>Alert rules</h2>
          <p>Beside the burn rates of objectives. Of one id the page’s changes what the settings have, and those the defaults.</p>
        </div>
        {mayChange && <Button onClick={() => setDraft(NEW_RULE)}>New rule</Button>}
      </header>
      {error !== null && <p role="alert">{error}</p>}
      {answer === null && error === null && <Loading rows={2} />}
      {answer && <Lists rules={answer} acts={acts} />}
      <RuleDialog {...{ client, by, endpoints }} asked={draft} below={ruleBelow(answer ?? [], draft?.id ?? null)}
                  taken={(answer ?? []).map(({ id }) => id)} onClose={done} />
      <TakeBackDialog by={by} isOpen={leaving !== null} onClose={done}
                      send={({ author, reason }) => client.deleteRule(leaving!.id, author, reason)}>
        {leaving?.name}. {leaving && ruleBelow(answer ?? [], leaving.id) ? "What it changes holds again." : "Nothing is judged by it any more."}
      </TakeBackDialog>
    </section>
  );
}

interface Acts {
  onEdit(rule: AlertRuleShown): void;
  onDelete(rule: AlertRuleShown): void;
}

function Lists({ rules, acts }: { rules: readonly AlertRuleShown[]; acts: Acts | null }) {
  const [isWhole, setWhole] = useState(false);
  const { chosen, usual } = dividedRules(rules);
  return (
    <>
      <RuleList rules={isWhole ? [...chosen, ...usual] : chosen} acts={acts} />
      {usual.length > 0 && (
        <div className={styles.fold}>
          <FoldButton isOpen={isWhole} folded={`${usual.length} default rules, as they came`} open="Fold the default rules" onToggle={setWhole} />
        </div>
      )}
    </>
  );
}

function RuleList({ rules, acts }: { rules: readonly AlertRuleShown[]; acts: Acts | null }) {
  if (rules.length === 0) return null;
  return (
    <ul>
      {rules.map((rule) => (
        <li key={`${rule.source} ${rule.id}`} data-rule={rule.id} data-out={!rule.is_in_force || undefined}>
          <StateGlyph state={rule.is_in_force ? "resolved" : "silenced"} size={12} />
          <div>
            <strong>{rule.name}</strong>
            <span>{ruleWords(rule)}</span>
            <span>{ruleScope(rule)}. {RULE_SOURCE_WORDS[rule.source] ?? rule.source}: {rulePlace(rule)}</span>
          </div>
          {acts && <RuleActs rule={rule} {...acts} />}
        </li>
      ))}
    </ul>
  );
}

/** What another place changed is edited where it is changed. */
function RuleActs({ rule, onEdit, onDelete }: { rule: AlertRuleShown } & Acts) {
  const isPage = rule.source === "page";
  return (
    <span className={styles.acts}>
      {(isPage || rule.is_in_force || !rule.enabled) && <Button onClick={() => onEdit(rule)} aria-label={`Edit ${rule.name}`}>Edit</Button>}
      {isPage && <Button onClick={() => onDelete(rule)} aria-label={`Take back ${rule.name}`}>Take back</Button>}
    </span>
  );
}
