// Keeps one question answered: pushed while a socket holds, polled while it does not.

import { type Answer, type Client, ClientError, type Live, type Question } from "./client";

export type FeedMode = "connecting" | "live" | "polling" | "paused";

export interface FeedState {
  mode: FeedMode;
  /** The last answer; it stays when later ones fail. */
  answer: Answer | null;
  /** When it came, in the browser's milliseconds. */
  receivedAt: number;
  error: string | null;
  /** The status of the refusal; 0: nobody answered; null: no error. */
  errorStatus: number | null;
  nextTryAt: number | null;
}

export interface FeedSettings {
  refreshSeconds: number;
  isRealTime: boolean;
  /** Pauses after the first answer: for who wishes it, and for a range that is over. */
  isOnce: boolean;
}

const NO_ERROR = { error: null, errorStatus: null, nextTryAt: null };

const LONGEST_WAIT_SECONDS = 30;

export class Feed {
  #state: FeedState = {
    mode: "connecting", answer: null, receivedAt: 0, ...NO_ERROR,
  };
  readonly #listeners = new Set<() => void>();
  #live: Live | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isOnce: boolean;
  #isOpen = true;

  /** `previous` is another feed's last state, whose answer stays until this one has its own. */
  constructor(
    private readonly client: Client,
    private readonly question: Question,
    private readonly settings: FeedSettings,
    private readonly onSignedOut: () => void,
    previous: FeedState | null = null,
  ) {
    const { answer, receivedAt } = previous ?? this.#state;
    this.#state = { ...this.#state, answer, receivedAt };
    this.#isOnce = settings.isOnce;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): FeedState => this.#state;

  start(): void {
    this.#isOpen = true;
    if (this.settings.isRealTime && !this.#isOnce) this.#connect();
    else void this.#poll();
  }

  stop(): void {
    this.#isOpen = false;
    this.#disconnect();
  }

  pause(): void {
    this.#live?.pause(true);
    clearTimeout(this.#timer);
    this.#set({ mode: "paused", ...NO_ERROR });
  }

  resume(): void {
    this.#isOnce = false;
    this.#set({ mode: "connecting" });
    if (this.#live) {
      this.#live.pause(false);
      void this.#poll();
    } else {
      this.start();
    }
  }

  readonly togglePause = (): void => {
    if (this.#state.mode === "paused") this.resume();
    else this.pause();
  };

  /** While nobody looks nothing is sent. */
  setHidden(isHidden: boolean): void {
    if (this.#state.mode === "paused") return;
    this.#live?.pause(isHidden);
    if (isHidden) clearTimeout(this.#timer);
    else this.tryNow();
  }

  readonly tryNow = (): void => {
    if (this.settings.isRealTime && !this.#isOnce && !this.#live) this.#connect();
    void this.#poll();
  };

  #connect(): void {
    this.#live = this.client.live(this.question, {
      onAnswer: (answer) => this.#accept(answer, "live"),
      onClosed: () => this.#dropped(),
    });
    this.#schedule(this.settings.refreshSeconds); // a socket that is silent is checked by a poll
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    this.#live?.close();
    this.#live = null;
  }

  /** Polls at once, unless polling is what goes on already. */
  #dropped(): void {
    this.#live = null;
    const { mode } = this.#state;
    if (this.#isOpen && (mode === "live" || mode === "connecting")) void this.#poll();
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const answer = await this.client.answer(this.question);
      this.#accept(answer, this.#live && this.#state.mode === "live" ? "live" : "polling");
    } catch (error) {
      this.#failed(error);
    }
  }

  #accept(answer: Answer, mode: "live" | "polling"): void {
    if (!this.#isOpen || this.#state.mode === "paused") return;
    this.#failures = 0;
    this.#set({ mode: this.#isOnce ? "paused" : mode, answer, receivedAt: Date.now(), ...NO_ERROR });
    if (!this.#isOnce) this.#schedule(this.settings.refreshSeconds);
  }

  #failed(error: unknown): void {
    if (!this.#isOpen) return;
    const errorStatus = error instanceof ClientError ? error.status : 0;
    if (errorStatus === 401) return this.onSignedOut();
    this.#failures += 1;
    const seconds = Math.min(2 ** this.#failures, LONGEST_WAIT_SECONDS);
    const message = error instanceof Error ? error.message : String(error);
    this.#schedule(seconds);
    this.#set({ mode: "polling", error: message, errorStatus, nextTryAt: Date.now() + seconds * 1000 });
  }

  /** After `seconds`: poll, and while there is no socket try for one. */
  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.tryNow, seconds * 1000);
  }

  #set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
