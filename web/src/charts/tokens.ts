// A canvas knows no CSS variables, so their values are asked of the browser.

/** The computed colour of `--name`, right for the theme in force. */
export function token(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
