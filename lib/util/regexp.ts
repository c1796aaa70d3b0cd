/** Escapes a text for use in a regular expression (also with flag `u`), outside of character classes. */
export function escapeRegExp(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}
