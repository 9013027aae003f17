import { useMediaQuery } from "@mantine/hooks";
import { useLayoutEffect } from "react";
import type { Preferences } from "../model/preferences";

export type Theme = "light" | "dark";

/** The theme to show: the reader's, or the system's where the reader leaves it to that. */
export function useTheme(preferred: Preferences["theme"]): Theme {
  const isDarkSystem = useMediaQuery("(prefers-color-scheme: dark)", false, {
    getInitialValueInEffect: false,
  });
  const theme = preferred === "system" ? (isDarkSystem ? "dark" : "light") : preferred;
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return theme;
}
