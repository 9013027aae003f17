import type { Answer } from "../api/client";
import { healthWords } from "../model/health";
import { SCREENS } from "../model/address";
import { hasRoute } from "../model/rows";
import { SCREEN_WORDS } from "../model/screens";
import { Key } from "./Control";
import { ProductMark, StateGlyph } from "./Glyph";
import { FiringCount } from "./FiringCount";
import { Icon } from "./Icon";
import type { Navigation } from "./Shell";
import styles from "./sidebar.module.css";
import { useNow } from "./useNow";
import type { Theme } from "./useTheme";

interface Props {
  navigation: Navigation;
  answer: Answer | null;
  receivedAt: number;
  theme: Theme;
  onTheme(): void;
  onKeys(): void;
  onSignOut(): void;
}

export function Sidebar({ navigation, answer, receivedAt, theme, onTheme, onKeys, onSignOut }: Props) {
  return (
    <aside className={styles.sidebar}>
      <div className={styles.product}>
        <ProductMark />
        <span>API Performance</span>
      </div>
      <ServiceBox answer={answer} />
      <nav aria-label="Screens" className={styles.nav}>
        {SCREENS.map((screen) => (
          <a
            key={screen}
            href={navigation.hrefFor(screen)}
            aria-current={screen === navigation.screen ? "page" : undefined}
            title={SCREEN_WORDS[screen].title}
          >
            <Icon name={screen} />
            <span>{SCREEN_WORDS[screen].title}</span>
            {screen === "endpoints" && answer && <small>{answer.endpoints.filter(hasRoute).length}</small>}
            {screen === "alerts" && <FiringCount count={navigation.firing} />}
          </a>
        ))}
      </nav>
      <div className={styles.foot}>
        {answer && <HealthFoot answer={answer} receivedAt={receivedAt} />}
        <div className={styles.switches}>
          <button type="button" onClick={onTheme} title="Change the colours">
            <Icon name={theme === "dark" ? "sun" : "moon"} size={14} />
            <span>{theme === "dark" ? "Light" : "Dark"}</span>
          </button>
          <button type="button" onClick={onSignOut} title="Sign out">
            <Icon name="signOut" size={14} />
            <span className="visually-hidden">Sign out</span>
          </button>
          <button type="button" onClick={onKeys} title="Keys">
            <Key>?</Key>
            <span>keys</span>
          </button>
        </div>
      </div>
    </aside>
  );
}

/** Which service one is looking at. */
function ServiceBox({ answer }: { answer: Answer | null }) {
  if (!answer) return <div className={styles.service}><strong>–</strong><span>–</span></div>;
  const { services, environments, instance_count: workers } = answer.summary;
  const place = environments.join(", ");
  return (
    <div className={styles.service}>
      <strong>{services.join(", ") || (workers > 0 ? "No service passes" : "No service yet")}</strong>
      <span>
        {place && `${place} · `}
        {workers} {workers === 1 ? "worker" : "workers"}
      </span>
    </div>
  );
}

function HealthFoot({ answer, receivedAt }: { answer: Answer; receivedAt: number }) {
  const waitedSeconds = Math.max(0, (useNow() - receivedAt) / 1000);
  const words = healthWords(answer.health, waitedSeconds);
  return (
    <div className={styles.health} title={answer.health.problems.join("\n") || undefined}>
      <p>
        <StateGlyph state={words.isOk ? "ok" : "pending"} size={12} />
        <span>{words.state}</span>
      </p>
      <p>{words.store}</p>
      <p>{words.newest}</p>
    </div>
  );
}
