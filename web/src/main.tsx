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

import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { type Client, HttpClient } from "./api/client";
import { App } from "./App";
import { Guard } from "./components/Guard";

/** The demo's answers exist only where Vite was started for it; a build but `--mode demo` leaves them out. */
async function chosenClient(): Promise<Client> {
  if ((import.meta.env.DEV && import.meta.env.VITE_DEMO) || import.meta.env.MODE === "demo") {
    const { DemoClient } = await import("./demo/DemoClient");
    return new DemoClient();
  }
  return new HttpClient(document.baseURI);
}

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

const root = createRoot(document.getElementById("page")!);
const client = await chosenClient();

// Mantine's variables come from its file, so that it writes no style element of its own.
root.render(
  <StrictMode>
    <MantineProvider withCssVariables={false} withGlobalClasses={false} getStyleNonce={nonce}>
      <Guard name="The page"><App client={client} /></Guard>
    </MantineProvider>
  </StrictMode>,
);
