import { useCallback, useState } from "react";
import { setTimeZone } from "../format";
import { parsePreferences, PREFERENCES_KEY, type Preferences } from "../model/preferences";

export type ChangePreferences = (change: Partial<Preferences>) => void;

/** The reader's preferences, kept in this browser. */
export function usePreferences(): [Preferences, ChangePreferences] {
  const [preferences, setPreferences] = useState(() => parsePreferences(localStorage.getItem(PREFERENCES_KEY)));
  setTimeZone(preferences.timeZone); // before anything below is rendered with it
  const change = useCallback<ChangePreferences>((part) => {
    setPreferences((before) => {
      const after = { ...before, ...part };
      localStorage.setItem(PREFERENCES_KEY, JSON.stringify(after));
      return after;
    });
  }, []);
  return [preferences, change];
}
