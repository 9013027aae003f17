// The frame of every screen: sidebar, top bar, content, and on small screens a bottom bar.

import type { ReactNode } from "react";
import type { Answer } from "../api/client";
import type { Screen } from "../model/address";
import { BottomBar } from "./BottomBar";
import { Sidebar } from "./Sidebar";
import styles from "./shell.module.css";
import type { Theme } from "./useTheme";

export interface Navigation {
  screen: Screen;
  hrefFor(screen: Screen): string;
  /** Alerts that need somebody; null where that is not known. */
  firing: number | null;
}

interface Props {
  navigation: Navigation;
  answer: Answer | null;
  receivedAt: number;
  theme: Theme;
  topBar: ReactNode;
  children: ReactNode;
  onTheme(): void;
  onKeys(): void;
  onSignOut(): void;
}

export function Shell({ topBar, children, ...rest }: Props) {
  return (
    <div>
      <a className={styles.skip} href="#content" onClick={focusContent}>Skip to content</a>
      <Sidebar {...rest} />
      <div className={styles.main}>
        {topBar}
        <main id="content" tabIndex={-1} className={styles.content}>{children}</main>
      </div>
      <BottomBar {...rest} />
    </div>
  );
}

function focusContent(event: React.MouseEvent): void {
  event.preventDefault(); // the address after # is ours
  document.getElementById("content")?.focus();
}
