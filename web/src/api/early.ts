// Asks for what the page shows first while its code is still read.

import { type Answer, HttpClient, type Live, type LiveListener, type Question, type Settings } from "./client";

export class EarlyClient extends HttpClient {
  #settings: Promise<Settings> | null = null;
  #first: { asked: string; relay: Relay; live: Live } | null = null;

  /** Asks for the settings, and with them for what `questionOf` says, if anything. */
  begin(questionOf: (settings: Settings) => Question | null): void {
    this.#settings = super.settings();
    this.#settings.then((settings) => {
      const question = questionOf(settings);
      if (question === null) return;
      const relay = new Relay();
      this.#first = { asked: JSON.stringify(question), relay, live: super.live(question, relay) };
    }).catch(() => undefined); // whoever asks for the settings hears of it
  }

  override settings(): Promise<Settings> {
    const begun = this.#settings;
    this.#settings = null;
    return begun ?? super.settings();
  }

  override live(question: Question, listener: LiveListener): Live {
    const first = this.#first;
    this.#first = null;
    if (first?.asked === JSON.stringify(question)) {
      queueMicrotask(() => first.relay.handOn(listener)); // a listener hears nothing before it has its `Live`
      return first.live;
    }
    first?.live.close();
    return super.live(question, listener);
  }
}

/** Keeps the last answer until there is somebody to hear it. */
class Relay implements LiveListener {
  #listener: LiveListener | null = null;
  #answer: Answer | null = null;
  #isClosed = false;

  onAnswer(answer: Answer): void {
    if (this.#listener) this.#listener.onAnswer(answer);
    else this.#answer = answer;
  }

  onClosed(): void {
    if (this.#listener) this.#listener.onClosed();
    else this.#isClosed = true;
  }

  handOn(listener: LiveListener): void {
    this.#listener = listener;
    if (this.#answer) listener.onAnswer(this.#answer);
    if (this.#isClosed) listener.onClosed();
    this.#answer = null;
  }
}
