// What throws while it is drawn is said in its place; the rest of the page lives on.

import { Component, type ReactNode } from "react";
import cards from "./card.module.css";
import { Button } from "./Control";
import { StateGlyph } from "./Glyph";
import styles from "./states.module.css";

interface Props {
  /** Of what stands here: “Latency heatmap”, “This screen”. */
  name: string;
  children: ReactNode;
}

/** React knows error boundaries only as classes. Give it a `key`, for another thing to begin anew. */
export class Guard extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section className={`${cards.card} ${styles.broken}`} role="alert">
        <p className={styles.errorTitle}><StateGlyph state="pending" />{this.props.name} cannot be drawn</p>
        <p>The page met what it did not expect: {error.message}. Everything else goes on.</p>
        <Button onClick={() => window.location.reload()}>Reload</Button>
      </section>
    );
  }
}
