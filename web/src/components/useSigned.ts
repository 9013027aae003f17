import { useState } from "react";
import type { Preferences } from "../model/preferences";
import type { Signed } from "./Signature";
import type { ChangePreferences } from "./usePreferences";
import { errorWords } from "./usePolled";

/** The reader as who acts: their name is kept in this browser. */
export interface By {
  preferences: Preferences;
  onPreferences: ChangePreferences;
}

/** A form that is signed: what stands in it, whether it is under way, and what refused it. */
export function useSigned({ preferences, onPreferences }: By, send: (signed: Signed) => Promise<unknown>) {
  const [reason, setReason] = useState("");
  const [author, setAuthor] = useState(preferences.author);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async () => {
    setBusy(true);
    setError(null);
    onPreferences({ author });
    try {
      await send({ author: author.trim() || "operator", reason: reason.trim() });
    } catch (refusal) {
      setError(errorWords(refusal));
    }
    setBusy(false);
  };
  const onChange = (signed: Partial<Signed>) => {
    if (signed.reason !== undefined) setReason(signed.reason);
    if (signed.author !== undefined) setAuthor(signed.author);
  };
  return { signature: { author, reason, onChange }, isBusy, error, submit, forget: () => setError(null) };
}
