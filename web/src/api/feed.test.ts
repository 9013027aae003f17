import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answer } from "../model/samples";
import { ALL_TRAFFIC } from "../model/traffic";
import { type Answer, type Client, ClientError, type LiveListener } from "./client";
import { Feed } from "./feed";

const QUESTION = {
  windowSeconds: 900, span: null, traffic: ALL_TRAFFIC, endpointId: null, isCompared: false,
  requestCount: 0,
};
const SETTINGS = { refreshSeconds: 5, isRealTime: true, isOnce: false };

/** A server under the test's hand: it pushes, closes and refuses when told to. */
class Server implements Pick<Client, "live" | "answer"> {
  listener: LiveListener | null = null;
  said: boolean[] = [];
  polls = 0;
  refusal: ClientError | null = null;

  live(_question: unknown, listener: LiveListener) {
    this.listener = listener;
    return { pause: (isPaused: boolean) => void this.said.push(isPaused), close: () => {} };
  }

  answer(): Promise<Answer> {
    this.polls += 1;
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve(answer([], this.polls));
  }

  close() {
    this.listener?.onClosed();
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function started(server: Server, isRealTime = true, onSignedOut = () => {}) {
  const feed = new Feed(server as unknown as Client, QUESTION, { ...SETTINGS, isRealTime }, onSignedOut);
  feed.start();
  return feed;
}

test("what is pushed is shown", () => {
  const server = new Server();
  const feed = started(server);
  server.listener!.onAnswer(answer([], 7));
  expect(feed.state()).toMatchObject({ mode: "live", answer: { as_of: 7 }, error: null });
  expect(server.polls).toBe(0);
});

test("where nothing can be pushed it polls", async () => {
  const server = new Server();
  const feed = started(server, false);
  await vi.advanceTimersByTimeAsync(10_100);
  expect(server.polls).toBe(3);
  expect(feed.state().mode).toBe("polling");
});

test("a lost socket is replaced by polling at once, and tried again", async () => {
  const server = new Server();
  const feed = started(server);
  server.listener!.onAnswer(answer([], 7));
  server.listener!.onClosed();
  await vi.advanceTimersByTimeAsync(0);
  expect(feed.state()).toMatchObject({ mode: "polling", answer: { as_of: 1 } });
  await vi.advanceTimersByTimeAsync(5000);
  server.listener!.onAnswer(answer([], 9));
  expect(feed.state()).toMatchObject({ mode: "live", answer: { as_of: 9 } });
});

test("a socket that never opens costs one poll per interval", async () => {
  const server = new Server();
  started(server);
  for (let round = 0; round < 4; round += 1) {
    server.close();
    await vi.advanceTimersByTimeAsync(5000);
  }
  expect(server.polls).toBe(5);
});

test("a silent socket is checked by a poll", async () => {
  const server = new Server();
  started(server);
  server.listener!.onAnswer(answer([], 7));
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.polls).toBe(1);
});

test("after a failure the last answer stays, and the next try is announced, later each time", async () => {
  const server = new Server();
  const feed = started(server);
  server.listener!.onAnswer(answer([], 7));
  server.refusal = new ClientError(503, "the store is locked");
  server.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(feed.state()).toMatchObject({ answer: { as_of: 7 }, error: "the store is locked", errorStatus: 503 });
  expect(feed.state().nextTryAt! - Date.now()).toBe(2000);
  await vi.advanceTimersByTimeAsync(2000);
  expect(feed.state().nextTryAt! - Date.now()).toBe(4000);
  server.refusal = null;
  await vi.advanceTimersByTimeAsync(4000);
  expect(feed.state()).toMatchObject({ error: null, nextTryAt: null });
});

test("a session that ended is told, and not retried", async () => {
  const server = new Server();
  server.refusal = new ClientError(401, "sign in first");
  const onSignedOut = vi.fn();
  started(server, false, onSignedOut);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onSignedOut).toHaveBeenCalledOnce();
  expect(server.polls).toBe(1);
});

test("paused, nothing changes until it goes on", async () => {
  const server = new Server();
  const feed = started(server);
  server.listener!.onAnswer(answer([], 7));
  feed.pause();
  server.listener!.onAnswer(answer([], 8));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.state()).toMatchObject({ mode: "paused", answer: { as_of: 7 } });
  expect(server.said).toEqual([true]);
  feed.resume();
  server.listener!.onAnswer(answer([], 70));
  expect(feed.state()).toMatchObject({ mode: "live", answer: { as_of: 70 } });
  expect(server.said).toEqual([true, false]);
});

test("stopped, it says nothing more", async () => {
  const server = new Server();
  const feed = started(server);
  feed.stop();
  server.listener!.onAnswer(answer([], 8));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.state().answer).toBeNull();
  expect(server.polls).toBe(0);
});

test("what is asked once is answered once, until it goes on", async () => {
  const server = new Server();
  const feed = new Feed(
    server as unknown as Client, QUESTION, { ...SETTINGS, isOnce: true }, () => {},
  );
  feed.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([server.polls, server.listener]).toEqual([1, null]);
  expect(feed.state()).toMatchObject({ mode: "paused", answer: { as_of: 1 } });
  feed.togglePause();
  server.listener!.onAnswer(answer([], 9));
  expect(feed.state()).toMatchObject({ mode: "live", answer: { as_of: 9 } });
});

test("what is asked once and fails is asked again", async () => {
  const server = new Server();
  server.refusal = new ClientError(503, "The store does not answer");
  const feed = new Feed(
    server as unknown as Client, QUESTION, { ...SETTINGS, isOnce: true }, () => {},
  );
  feed.start();
  await vi.advanceTimersByTimeAsync(100);
  server.refusal = null;
  await vi.advanceTimersByTimeAsync(2000);
  expect(feed.state()).toMatchObject({ mode: "paused", error: null });
});
