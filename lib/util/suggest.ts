import { closest, distance } from 'fastest-levenshtein'

/**
 * " (did you mean 'x'?)" where a known name is near enough to be a slip, else an empty text.
 * @param toShown how a message writes a name, such as `--bind` for `bind`
 */
export function suggestName(
  name: string,
  known: readonly string[],
  toShown: (name: string) => string = same => same
): string {
  if (known.length === 0) return ''
  const nearest = closest(name, known)
  const isNear = distance(name, nearest) <= Math.max(2, name.length / 3)
  return isNear ? ` (did you mean '${toShown(nearest)}'?)` : ''
}
