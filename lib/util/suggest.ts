import { closest, distance } from 'fastest-levenshtein'

/**
 * A suggestion to append to a message about an unknown name.
 * @param toShown how a message writes a name, such as `--bind` for `bind`
 * @returns " (did you mean 'x'?)" if a known name differs in at most 2 characters or a third of them; else ''
 */
export function suggestName(
  name: string,
  known: readonly string[],
  toShown: (name: string) => string = plain => plain
): string {
  if (known.length === 0) return ''
  const nearest = closest(name, known)
  const isNear = distance(name, nearest) <= Math.max(2, name.length / 3)
  return isNear ? ` (did you mean '${toShown(nearest)}'?)` : ''
}
