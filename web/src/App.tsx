import { useCallback, useEffect, useState } from "react";
import { type Client, ClientError, type ExportFormat, type Settings } from "./api/client";
import { useFeed } from "./api/useFeed";
import { ErrorState } from "./components/ErrorState";
import { KeysHelp } from "./components/KeysHelp";
import { Shell } from "./components/Shell";
import { TopBar } from "./components/TopBar";
import { useAddress } from "./components/useAddress";
import { useKeys } from "./components/useKeys";
import { type Theme, useTheme } from "./components/useTheme";
import { formatAddress, loginToken, SCREENS } from "./model/address";
import { rangeAfter, rangeOf } from "./model/ranges";
import { SCREEN_WORDS } from "./model/screens";
import { EndpointPage } from "./pages/EndpointPage";
import { EndpointsPage } from "./pages/EndpointsPage";
import { HealthPage } from "./pages/HealthPage";
import { LoginPage } from "./pages/LoginPage";
import { NotYetPage } from "./pages/NotYetPage";
import { OverviewPage } from "./pages/OverviewPage";

type Access = "unknown" | "signed-out" | Settings | { error: string };

/** Finds out whether the reader may see anything, and if not lets them sign in. */
export function App({ client }: { client: Client }) {
  const [access, setAccess] = useState<Access>("unknown");
  const [theme, toggleTheme] = useTheme();

  const enter = useCallback(async () => {
    try {
      await takeLoginAddress(client);
      setAccess(await client.settings());
    } catch (error) {
      if (isSignedOut(error)) setAccess("signed-out");
      else setAccess({ error: error instanceof Error ? error.message : String(error) });
    }
  }, [client]);
  useEffect(() => void enter(), [enter]);

  const signedOut = useCallback(() => setAccess("signed-out"), []);
  const leave = () => void client.signOut().finally(signedOut);

  if (access === "unknown") return null;
  if (access === "signed-out") return <LoginPage client={client} onSignedIn={() => void enter()} />;
  if ("error" in access) {
    return <ErrorState error={access.error} keptFrom={null} nextTryAt={null} onTryNow={() => void enter()} />;
  }
  return (
    <SignedIn client={client} settings={access} theme={theme} onTheme={toggleTheme}
              onLeave={leave} onSignedOut={signedOut} />
  );
}

/** Signs in with the token of the address, and takes it off the address before anybody reads it. */
async function takeLoginAddress(client: Client): Promise<void> {
  const token = loginToken(window.location.hash);
  if (token === null) return;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  await client.signIn(token).catch((error: unknown) => {
    if (!isSignedOut(error)) throw error;
  });
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ClientError && error.status === 401;
}

interface SignedInProps {
  client: Client;
  settings: Settings;
  theme: Theme;
  onTheme(): void;
  onLeave(): void;
  onSignedOut(): void;
}

function SignedIn({ client, settings, theme, onTheme, onLeave, onSignedOut }: SignedInProps) {
  const [address, change] = useAddress();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const range = address.range ?? rangeOf(settings.history_window);
  const endpointId = address.screen === "endpoints" ? address.endpointId : null;
  const question = { windowSeconds: range.seconds, endpointId };
  const feedSettings = {
    refreshSeconds: settings.refresh_interval, isRealTime: settings.enable_real_time,
  };
  const { state, togglePause, tryNow } = useFeed(client, question, feedSettings, onSignedOut);
  const hrefFor = (screen: typeof address.screen) => formatAddress({ ...address, screen, endpointId: null });
  const series = state.answer?.series;
  const isUnknownEndpoint = state.errorStatus === 404 && address.endpointId !== null;
  useEffect(() => {
    if (isUnknownEndpoint) change({ endpointId: null }); // from an old link
  }, [isUnknownEndpoint, change]);

  useKeys({
    "?": () => setHelpOpen(true),
    p: togglePause,
    t: () => change({ range: rangeAfter(range) }),
    ...Object.fromEntries(
      SCREENS.map((screen) => [`g ${SCREEN_WORDS[screen].key}`, () => change({ screen }, true)]),
    ),
  });

  const topBar = (
    <TopBar
      title={SCREEN_WORDS[address.screen].title}
      range={range}
      span={series ? { start: series.start, end: series.end } : null}
      mode={state.mode}
      hasError={state.error !== null}
      onRange={(chosen) => change({ range: chosen })}
      onPause={togglePause}
      exportAddress={
        address.screen === "endpoints"
          ? (table: "endpoints" | "series", kind: ExportFormat) =>
              client.exportAddress(table, question, kind)
          : null
      }
    />
  );

  return (
    <Shell
      navigation={{ screen: address.screen, hrefFor }}
      answer={state.answer}
      receivedAt={state.receivedAt}
      theme={theme}
      topBar={topBar}
      onTheme={onTheme}
      onKeys={() => setHelpOpen(true)}
      onSignOut={onLeave}
    >
      {address.screen === "endpoints" && endpointId !== null ? (
        <EndpointPage {...{ client, question, address, change, settings, theme, tryNow }} feed={state} />
      ) : address.screen === "endpoints" ? (
        <EndpointsPage {...{ client, question, address, range, change, settings, theme, tryNow }} feed={state} />
      ) : address.screen === "overview" ? (
        <OverviewPage {...{ address, settings, tryNow }} feed={state} />
      ) : address.screen === "health" ? (
        <HealthPage client={client} feed={state} tryNow={tryNow} />
      ) : (
        <NotYetPage screen={address.screen} />
      )}
      <KeysHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </Shell>
  );
}
