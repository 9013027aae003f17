import { useMediaQuery } from "@mantine/hooks";
import { useLayoutEffect, useState } from "react";

export type Theme = "light" | "dark";

const KEY = "api-performance-theme";

/** The system's theme, unless this browser's reader chose the other one. */
export function useTheme(): [Theme, () => void] {
  const systems: Theme = useMediaQuery("(prefers-color-scheme: dark)", false, {
    getInitialValueInEffect: false,
  }) ? "dark" : "light";
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY));
  const theme: Theme = chosen === "light" || chosen === "dark" ? chosen : systems;

  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  const toggle = () => {
    const next: Theme = theme === "dark" ? "light" : "dark";
    if (next === systems) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
    setChosen(next === systems ? null : next);
  };
  return [theme, toggle];
}
