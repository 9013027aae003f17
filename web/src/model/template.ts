// A route template, taken apart so that its parameters can stand back.

export interface TemplatePart {
  text: string;
  isParameter: boolean;
}

/**
 * A character that has no look of its own, or reorders its neighbours, by its number: `‹U+202E›`.
 * Control, format, line and paragraph separators; each could make one name look like another.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const number = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `‹U+${number}›`;
  });
}

/** `/api/cart/{cart_id}/items` as `/api/cart/`, `{cart_id}`, `/items`. */
export function templateParts(template: string): TemplatePart[] {
  return template
    .split(/(\{[^{}]*\})/)
    .filter((text) => text !== "")
    .map((text) => ({ text, isParameter: text.startsWith("{") }));
}

/**
 * Cut in the middle, where a template says least: its start and its end tell endpoints apart.
 * Whole segments go where that is enough: `/api/…/{product_id}/price`.
 */
export function middleCut(template: string, length: number): string {
  if (template.length <= length) return template;
  const [first = "", ...rest] = template.split("/").slice(1);
  for (let dropped = 1; dropped < rest.length; dropped += 1) {
    const shorter = `/${first}/…/${rest.slice(dropped).join("/")}`;
    if (shorter.length <= length) return shorter;
  }
  const tail = Math.ceil((length - 1) * 0.6);
  return `${template.slice(0, length - 1 - tail)}…${template.slice(-tail)}`;
}
