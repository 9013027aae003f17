// Answers from the story, so that the page can be worked on without a server.

import {
  type Answer, type Client, ClientError, type Live, type LiveListener, type Question, type Settings,
} from "../api/client";
import { answerAt } from "./answers";
import story from "./story.json";

/** `?now=`, `?state=failing`, `?state=empty` and `?state=signed-out` show what is hard to catch. */
export class DemoClient implements Client {
  readonly #state = new URLSearchParams(window.location.search).get("state");
  readonly #stopped = Number(new URLSearchParams(window.location.search).get("now")) || null;
  #isSignedIn = this.#state !== "signed-out";

  signIn(token: string): Promise<void> {
    if (token !== "demo") {
      return Promise.reject(new ClientError(401, "this token is not known here, or no longer valid"));
    }
    this.#isSignedIn = true;
    return Promise.resolve();
  }

  signOut(): Promise<void> {
    this.#isSignedIn = false;
    return Promise.resolve();
  }

  settings(): Promise<Settings> {
    if (!this.#isSignedIn) return Promise.reject(new ClientError(401, "sign in first"));
    return Promise.resolve(story.settings as unknown as Settings); // JSON knows no enums
  }

  answer(question: Question): Promise<Answer> {
    if (this.#state === "loading") return new Promise(() => {});
    if (this.#state === "failing" && performance.now() > 2500) {
      return Promise.reject(new ClientError(0, "The store did not answer in 5 s"));
    }
    const answer = answerAt(this.#now(), question);
    return Promise.resolve(this.#state === "empty" ? { ...answer, endpoints: [] } : answer);
  }

  live(question: Question, listener: LiveListener): Live {
    let isPaused = false;
    const push = () => {
      if (isPaused) return;
      this.answer(question).then(listener.onAnswer, () => {
        clearInterval(timer);
        listener.onClosed();
      });
    };
    const timer = setInterval(push, 1000);
    push();
    return {
      pause: (pause) => {
        isPaused = pause;
      },
      close: () => clearInterval(timer),
    };
  }

  exportAddress(): string {
    return "data:text/plain,demo";
  }

  #now(): number {
    return this.#stopped ?? Date.now() / 1000;
  }
}
