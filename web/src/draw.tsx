import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Client } from "./api/client";
import { App } from "./App";
import { Guard } from "./components/Guard";

/** Draws the page in its place. */
export function draw(client: Client): void {
  // Mantine's variables come from its file, so that it writes no style element of its own.
  createRoot(document.getElementById("page")!).render(
    <StrictMode>
      <MantineProvider withCssVariables={false} withGlobalClasses={false} getStyleNonce={nonce}>
        <Guard name="The page"><App client={client} /></Guard>
      </MantineProvider>
    </StrictMode>,
  );
}

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
