// Why a form was refused: each sentence to the field that it names, the rest to the form.

/** What the page itself refuses, in the words that the server would use. */
export class Refused extends Error {}

export interface Refusals<Field extends string> {
  of: Partial<Record<Field, string>>;
  rest: string;
}

/** The server's sentences, each with the first of the fields that it names. */
export function refusalsOf<Field extends string>(detail: string | null, fields: readonly Field[]): Refusals<Field> {
  const refusals: Refusals<Field> = { of: {}, rest: "" };
  for (const sentence of (detail ?? "").split("; ").filter(Boolean)) {
    const field = firstNamed(sentence, fields);
    if (field === null) refusals.rest = [refusals.rest, sentence].filter(Boolean).join("; ");
    else refusals.of[field] = [refusals.of[field], remedyOf(sentence)].filter(Boolean).join(" ");
  }
  return refusals;
}

function firstNamed<Field extends string>(sentence: string, fields: readonly Field[]): Field | null {
  const places = fields.map((field) => ({ field, at: sentence.search(new RegExp(`(?<![\\w-])${field}(?![\\w-])`)) }))
    .filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at);
  return places[0]?.field ?? null;
}

/** Beside its field a sentence needs no path: “rule.window_seconds = 5 is refused: …” says the value and the remedy. */
function remedyOf(sentence: string): string {
  const words = sentence.replace(/^(?:rule|objective|body)(?: is refused)?: /, "").replace(/^[\w.]+ (?:= |is refused: )/, "");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
