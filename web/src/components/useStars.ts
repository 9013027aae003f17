import { useCallback, useState } from "react";

const KEY = "api-performance-stars";

function stored(): ReadonlySet<string> {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : []);
  } catch {
    return new Set(); // somebody else's text under our key
  }
}

/** The endpoints that this browser's reader has starred. */
export function useStars(): [ReadonlySet<string>, (id: string) => void] {
  const [stars, setStars] = useState(stored);
  const toggle = useCallback((id: string) => {
    setStars((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      localStorage.setItem(KEY, JSON.stringify([...after]));
      return after;
    });
  }, []);
  return [stars, toggle];
}
