// Answers from the story, so that the page can be worked on without a server.

import {
  type Answer, type Client, ClientError, type EndpointSummary, type Heatmap, type InstanceRow, type Live, type LiveListener, type Question, type Settings,
} from "../api/client";
import { answerAt } from "./answers";
import { heatmapOf } from "./detail";
import { fleetAt, instancesAt } from "./instances";
import story from "./story.json";

function many(rows: EndpointSummary[]): EndpointSummary[] {
  return Array.from({ length: 40 }, (_, version) => version).flatMap((version) =>
    rows.map((row) => ({ ...row, id: `${row.id}-${version}`, template: `/v${version}${row.template}` })),
  );
}

/** `?now=`, `?state=failing`, `?state=empty`, `?state=many`, `?state=fleet` and `?state=signed-out` show what is hard to catch. */
export class DemoClient implements Client {
  readonly #state = new URLSearchParams(window.location.search).get("state");
  readonly #stopped = Number(new URLSearchParams(window.location.search).get("now")) || null;
  #firstAt: number | null = null;
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

  instances(): Promise<InstanceRow[]> {
    if (this.#state === "empty") return Promise.resolve([]);
    return Promise.resolve(this.#state === "fleet" ? fleetAt(this.#now()) : instancesAt(this.#now()));
  }

  answer(question: Question): Promise<Answer> {
    if (this.#state === "loading") return new Promise(() => {});
    this.#firstAt ??= performance.now();
    if (this.#state === "failing" && performance.now() - this.#firstAt > 2500) {
      return Promise.reject(new ClientError(0, "The store did not answer in 5 s"));
    }
    const answer = answerAt(question.span?.end ?? this.#now(), question);
    if (this.#state === "empty") return Promise.resolve({ ...answer, endpoints: [] });
    if (this.#state === "many") return Promise.resolve({ ...answer, endpoints: many(answer.endpoints) });
    return Promise.resolve(answer);
  }

  heatmap(question: Question): Promise<Heatmap> {
    return this.answer(question).then(({ series }) => heatmapOf(series));
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
