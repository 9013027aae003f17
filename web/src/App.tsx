import { useCallback, useEffect, useState } from "react";
import { type Client, ClientError, type Question, type Settings } from "./api/client";
import type { FeedState } from "./api/feed";
import { useFeed } from "./api/useFeed";
import { Deploys } from "./charts/deploys";
import { ContextBar } from "./components/ContextBar";
import { ErrorState } from "./components/ErrorState";
import { FilterMenu } from "./components/FilterMenu";
import { Guard } from "./components/Guard";
import { KeysHelp } from "./components/KeysHelp";
import { Shell } from "./components/Shell";
import { type Export, TopBar } from "./components/TopBar";
import { type ChangeAddress, useAddress } from "./components/useAddress";
import { useDeploysOf } from "./components/useDeploysOf";
import { useFirstRange } from "./components/useFirstRange";
import { useKeys } from "./components/useKeys";
import { usePause } from "./components/usePause";
import { type ChangePreferences, usePreferences } from "./components/usePreferences";
import { useFiring } from "./components/useFiring";
import { type Theme, useTheme } from "./components/useTheme";
import { type Address, formatAddress, loginToken, OWN_TO_A_SCREEN, type Screen, SCREENS } from "./model/address";
import { alertsAsked } from "./model/alerts";
import { crumbsOf } from "./model/crumbs";
import { feedSettings, type Preferences } from "./model/preferences";
import { isPast, type Range, rangeAfter, rangeBetween } from "./model/ranges";
import { SCREEN_WORDS } from "./model/screens";
import { hasRange as screenHasRange, questionOf, shownRange } from "./model/question";
import type { Traffic } from "./model/traffic";
import { AlertsPage } from "./pages/AlertsPage";
import { EndpointPage } from "./pages/EndpointPage";
import { EndpointsPage } from "./pages/EndpointsPage";
import { HealthPage } from "./pages/HealthPage";
import { LivePage } from "./pages/LivePage";
import { LoginPage } from "./pages/LoginPage";
import { NotYetPage } from "./pages/NotYetPage";
import { ObjectivesPage } from "./pages/ObjectivesPage";
import { OverviewPage } from "./pages/OverviewPage";
import { RecommendationsPage } from "./pages/RecommendationsPage";
import { SettingsPage } from "./pages/SettingsPage";
import { TrendsPage } from "./pages/TrendsPage";

type Access = "unknown" | "signed-out" | Settings | { error: string };

/** Finds out whether the reader may see anything, and if not lets them sign in. */
export function App({ client }: { client: Client }) {
  const [access, setAccess] = useState<Access>("unknown");
  const [preferences, changePreferences] = usePreferences();
  const theme = useTheme(preferences.theme);

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
    <SignedIn client={client} settings={access} preferences={preferences} theme={theme}
              onPreferences={changePreferences} onLeave={leave} onSignedOut={signedOut} />
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
  preferences: Preferences;
  theme: Theme;
  onPreferences: ChangePreferences;
  onLeave(): void;
  onSignedOut(): void;
}

function SignedIn(props: SignedInProps) {
  const { client, settings, preferences, theme, onPreferences } = props;
  const [address, change] = useAddress();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isFilterOpen, setFilterOpen] = useState(false);
  const { screen, traffic } = address;
  const hasRange = screenHasRange(screen);
  const [first, growFirst] = useFirstRange(settings);
  const range = shownRange(address, first);
  const isOver = isPast(range, Date.now() / 1000);
  const question = questionOf(address, range);
  const { isCompared } = question;
  const installed = feedSettings(settings, preferences.updates);
  const isOnce = installed.isOnce || isOver;
  const handle = useFeed(client, question, { ...installed, isOnce }, props.onSignedOut);
  const { state, tryNow } = handle;
  const { answer } = state;
  const pause = usePause(handle, screen === "live");
  useEffect(() => {
    if (state.mode !== "paused") growFirst();
  }, [state.mode, state.receivedAt, growFirst]);
  const firing = useFiring(client, settings, answer?.as_of ?? 0);
  const deploys = useDeploysOf(client, question, answer?.as_of ?? 0);
  const hrefFor = (to: Screen) => formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen: to });
  const steps = {
    onTraffic: (next: Traffic, isStep = false) => change({ traffic: next }, isStep),
    onRange: (next: Range | null) => change({ range: next }, true),
    onCompare: () => change({ isCompared: !isCompared }, true),
    onPause: isOver ? () => change({ range: null }, true) : pause.toggle,
  };
  useEndpointOfOldLink(state, address, change);
  useKeys({
    "?": () => setHelpOpen(true),
    ...(screen === "endpoints" ? {} : { "/": () => setFilterOpen(true) }), // that has a field of its own
    p: steps.onPause,
    ...(hasRange ? { t: () => steps.onRange(rangeAfter(range)), c: steps.onCompare } : {}),
    ...Object.fromEntries(
      SCREENS.map((to) => [`g ${SCREEN_WORDS[to].key}`, () => change({ ...OWN_TO_A_SCREEN, screen: to }, true)]),
    ),
  });

  const topBar = (
    <TopBar
      {...{ hasRange, range, isCompared, ...steps }}
      crumbs={crumbsOf(address, answer?.endpoints ?? [])}
      hasControls={screen !== "settings"}
      filter={
        <FilterMenu {...{ client, answer, traffic }} onTraffic={steps.onTraffic}
                    isOpen={isFilterOpen} onOpen={setFilterOpen} />
      }
      isPast={isOver}
      span={answer ? { start: answer.series.start, end: answer.series.end } : null}
      mode={pause.mode}
      hasError={state.error !== null}
      exported={EXPORTED[screen] ?? []}
      exportAddress={(table, kind) => (table === "alerts"
        ? client.alertsAddress(alertsAsked(traffic, address.alertState), kind) : client.exportAddress(table, question, kind))}
    />
  );
  return (
    <Shell
      navigation={{ screen, hrefFor, firing }}
      answer={answer}
      receivedAt={state.receivedAt}
      theme={theme}
      topBar={topBar}
      onTheme={() => onPreferences({ theme: theme === "dark" ? "light" : "dark" })}
      onKeys={() => setHelpOpen(true)}
      onSignOut={props.onLeave}
    >
      {screen !== "settings" && (
        <ContextBar {...{ client, answer, hasRange, range, isCompared, traffic }} hasOwnChanges={screen === "overview"}
                    onTraffic={(next) => steps.onTraffic(next, true)} />
      )}
      <Guard key={`${screen} ${address.endpointId}`} name="This screen">
        <Deploys value={deploys}>
          <Content {...props} {...{ question, address, change, range, tryNow }} feed={state} isHeld={pause.isHeld} />
        </Deploys>
      </Guard>
      <KeysHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </Shell>
  );
}

const EXPORTED: Partial<Record<Screen, readonly Export[]>> = {
  overview: ["endpoints", "series"], endpoints: ["endpoints", "series"], live: ["requests"],
  alerts: ["alerts"], objectives: ["objectives"],
};

interface ContentProps extends SignedInProps {
  question: Question;
  address: Address;
  change: ChangeAddress;
  range: Range;
  feed: FeedState;
  /** On Live: the rows stay, though the feed goes on. */
  isHeld: boolean;
  tryNow(): void;
}

/** The screen that the address asks for. */
function Content({ client, settings, preferences, theme, onPreferences, ...rest }: ContentProps) {
  const { question, address, change, range, feed, isHeld, tryNow } = rest;
  const onRange = useCallback((from: number, to: number) => {
    const drawn = rangeBetween(from, to);
    if (drawn) change({ range: drawn }, true);
  }, [change]);
  switch (address.screen) {
    case "overview":
      return <OverviewPage {...{ client, question, address, settings, change, tryNow, feed }} />;
    case "endpoints": {
      const shared = { client, question, address, change, settings, theme, tryNow, onRange, feed };
      const previous = feed.answer?.previous?.series ?? null;
      return question.endpointId === null
        ? <EndpointsPage {...shared} range={range} />
        : <EndpointPage {...shared} previous={previous} by={{ preferences, onPreferences }} />;
    }
    case "alerts":
      return <AlertsPage {...{ client, address, change, settings, feed, tryNow, by: { preferences, onPreferences } }} />;
    case "objectives":
      return <ObjectivesPage {...{ client, address, change, settings, feed, tryNow, by: { preferences, onPreferences } }} />;
    case "recommendations":
      return <RecommendationsPage {...{ client, address, change, settings, feed, tryNow, by: { preferences, onPreferences } }} />;
    case "trends":
      return <TrendsPage {...{ client, address, change, feed, tryNow }} />;
    case "live":
      return <LivePage {...{ client, address, change, feed, isHeld, tryNow }} />;
    case "health":
      return <HealthPage {...{ client, feed, tryNow, address, change }} />;
    case "settings":
      return <SettingsPage {...{ settings, preferences, onPreferences }} />;
    default:
      return <NotYetPage screen={address.screen} />;
  }
}

/** Takes an endpoint off the address that the server does not know any more. */
function useEndpointOfOldLink(state: FeedState, { endpointId }: Address, change: ChangeAddress): void {
  const isUnknown = state.errorStatus === 404 && endpointId !== null;
  useEffect(() => {
    if (isUnknown) change({ endpointId: null });
  }, [isUnknown, change]);
}
