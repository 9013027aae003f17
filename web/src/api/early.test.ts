import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ALL_TRAFFIC } from "../model/traffic";
import { ClientError, type Settings } from "./client";
import { EarlyClient } from "./early";

const QUESTION = {
  windowSeconds: 900, span: null, traffic: ALL_TRAFFIC, endpointId: null, isCompared: false,
  requestCount: 0,
};
const SETTINGS = { history_window: 3600 };

/** The browser's own, as far as it is used; it stays silent until told to close. */
class Socket {
  static readonly CONNECTING = 0;
  static opened: Socket[] = [];
  readyState = 1;
  isClosed = false;
  onclose: (() => void) | null = null;

  constructor() {
    Socket.opened.push(this);
  }

  close() {
    this.isClosed = true;
  }
}

beforeEach(() => {
  Socket.opened = [];
  vi.stubGlobal("WebSocket", Socket);
  answerWith(200, SETTINGS);
});
afterEach(() => vi.unstubAllGlobals());

function answerWith(status: number, body: unknown) {
  vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(Response.json(body, { status }))));
}

async function begun(question: typeof QUESTION | null = QUESTION): Promise<EarlyClient> {
  const client = new EarlyClient("http://localhost/performance/");
  client.begin(() => question);
  await client.settings().catch(() => undefined);
  return client;
}

const listener = () => ({ onAnswer: vi.fn(), onClosed: vi.fn() });

test("settings are asked for once, and anew by who asks again", async () => {
  const client = await begun(null);
  expect(fetch).toHaveBeenCalledTimes(1);
  expect(await client.settings()).toEqual(SETTINGS as Partial<Settings>);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("who is refused hears of it, and nothing is opened", async () => {
  answerWith(401, { detail: "sign in first" });
  const client = new EarlyClient("http://localhost/performance/");
  client.begin(() => QUESTION);
  await expect(client.settings()).rejects.toBeInstanceOf(ClientError);
  expect(Socket.opened).toEqual([]);
});

test("the first question finds its socket open, and hears what came of it", async () => {
  const client = await begun();
  expect(Socket.opened).toHaveLength(1);
  Socket.opened[0]!.onclose!();
  const hears = listener();
  client.live({ ...QUESTION }, hears);
  expect(hears.onClosed).not.toHaveBeenCalled(); // not before it has its `Live`
  await Promise.resolve();
  expect(hears.onClosed).toHaveBeenCalledOnce();
  client.live(QUESTION, listener());
  expect(Socket.opened).toHaveLength(2);
});

test("another question has a socket of its own, and the first is closed", async () => {
  const client = await begun();
  client.live({ ...QUESTION, windowSeconds: 300 }, listener());
  expect(Socket.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});
