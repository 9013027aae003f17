import { Menu } from "@mantine/core";
import type { Answer } from "../api/client";
import type { Screen } from "../model/address";
import { healthWords } from "../model/health";
import { SCREEN_WORDS } from "../model/screens";
import styles from "./bottomBar.module.css";
import { FiringCount } from "./FiringCount";
import { StateGlyph } from "./Glyph";
import { Icon } from "./Icon";
import { MENU_STYLES } from "./menu";
import type { Navigation } from "./Shell";
import { useNow } from "./useNow";
import type { Theme } from "./useTheme";

const PLACES: readonly { screen: Screen; word: string }[] = [
  { screen: "overview", word: "Overview" },
  { screen: "endpoints", word: "Endpoints" },
  { screen: "alerts", word: "Alerts" },
  { screen: "recommendations", word: "To do" },
];

const MORE: readonly Screen[] = ["objectives", "trends", "live", "dashboards", "health", "settings"];

interface Props {
  navigation: Navigation;
  answer: Answer | null;
  receivedAt: number;
  theme: Theme;
  onTheme(): void;
  onSignOut(): void;
}

/** The sidebar of small screens: five places, the last of which holds the rest. */
export function BottomBar({ navigation, answer, receivedAt, theme, onTheme, onSignOut }: Props) {
  return (
    <nav className={styles.bar} aria-label="Screens">
      {PLACES.map(({ screen, word }) => (
        <a
          key={screen}
          className={styles.place}
          href={navigation.hrefFor(screen)}
          aria-current={screen === navigation.screen ? "page" : undefined}
        >
          <Icon name={screen} size={18} />
          {word}
          {screen === "alerts" && <FiringCount count={navigation.firing} />}
        </a>
      ))}
      <Menu {...MENU_STYLES} position="top-end">
        <Menu.Target>
          <button
            type="button"
            className={styles.place}
            aria-current={MORE.includes(navigation.screen) ? "page" : undefined}
          >
            <Icon name="more" size={18} />
            More
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {MORE.map((screen) => (
            <Menu.Item key={screen} component="a" href={navigation.hrefFor(screen)}
                       leftSection={<Icon name={screen} />}>
              {SCREEN_WORDS[screen].title}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name={theme === "dark" ? "sun" : "moon"} />} onClick={onTheme}>
            {theme === "dark" ? "Light" : "Dark"}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="signOut" />} onClick={onSignOut}>Sign out</Menu.Item>
          {answer && <MenuHealth answer={answer} receivedAt={receivedAt} />}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}

function MenuHealth({ answer, receivedAt }: { answer: Answer; receivedAt: number }) {
  const words = healthWords(answer.health, Math.max(0, (useNow() - receivedAt) / 1000));
  return (
    <>
      <Menu.Divider />
      <Menu.Label>
        <span className={styles.health}>
          <StateGlyph state={words.isOk ? "ok" : "pending"} size={12} />
          {words.state}
        </span>
        {words.store}
        <br />
        {words.newest}
      </Menu.Label>
    </>
  );
}
