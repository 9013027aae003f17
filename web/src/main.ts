// The page's first code: small, so that the server is asked while the rest is read.

import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/CloseButton.css";
import "@mantine/core/styles/Overlay.css";
import "@mantine/core/styles/Paper.css";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";
import "@mantine/core/styles/ModalBase.css";
import "@mantine/core/styles/Modal.css";
import "@mantine/dates/styles.css";
import "./styles/base.css";

import type { Client } from "./api/client";
import { EarlyClient } from "./api/early";
import { loginToken, parseAddress } from "./model/address";
import { parsePreferences, PREFERENCES_KEY } from "./model/preferences";
import { firstPushed } from "./model/question";

/** The demo's answers exist only where Vite was started for it; a build but `--mode demo` leaves them out. */
async function chosenClient(): Promise<Client> {
  if ((import.meta.env.DEV && import.meta.env.VITE_DEMO) || import.meta.env.MODE === "demo") {
    const { DemoClient } = await import("./demo/DemoClient");
    return new DemoClient();
  }
  const client = new EarlyClient(document.baseURI);
  if (loginToken(window.location.hash) === null) begin(client); // else nobody is signed in yet
  return client;
}

function begin(client: EarlyClient): void {
  const { updates } = parsePreferences(localStorage.getItem(PREFERENCES_KEY));
  client.begin((settings) =>
    firstPushed(parseAddress(window.location.hash), settings, updates, Date.now() / 1000));
}

const client = await chosenClient();
const { draw } = await import("./draw");
draw(client);
