import { useEffect, useRef } from "react";

export type KeyActions = Record<string, () => void>;

const PREFIX = "g";
const PREFIX_LASTS_MS = 1500;

/** Single keys, and `g` with a letter after it; off in fields and beside modifier keys. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let prefixAt = -Infinity;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || hasModifier(event) || isTyping(event.target)) return;
      const hasPrefix = event.timeStamp - prefixAt < PREFIX_LASTS_MS;
      prefixAt = event.key === PREFIX && !hasPrefix ? event.timeStamp : -Infinity;
      const action = latest.current[hasPrefix ? `${PREFIX} ${event.key}` : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
