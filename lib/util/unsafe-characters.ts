/** As below, without the newline. */
export const unsafeButNewline = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069`

/**
 * What a terminal or a program that reads lines may act on, as part of a class of a regular expression:
 * all control characters but the tab, the separators of lines and paragraphs, and what changes the
 * direction of writing.
 */
export const unsafeCharacters = String.raw`\n${unsafeButNewline}`
