/** A run of the characters that a CURVE key is written in (Z85), long enough to be one that lost some. */
const keyLike = /[\w.\-:+=^!/*?&<>()[\]{}@%$#]{30,}/g

/** A path, or an address with one. One key in 14,000 has none of the other characters, nearly all of these no slash. */
const pathLike = /^(?=.*\/.*\/)[\w.\-:=/]*$/

/**
 * Replaces what may be a secret key, for a key may be given at a wrong place: as an address, as a path, as
 * an option's name. Paths stay, and hosts, unless they are long and have capitals and small letters in one run.
 * @returns the text with the number of characters in place of such a run
 */
export function hideKeys(text: string): string {
  return text.replace(keyLike, run =>
    mayBeKey(run) ? `[${run.length} characters that may be a key]` : run
  )
}

/** Whether a key may be in it. Of random keys one in 400,000 has no capital or no small letter; see also `pathLike`. */
export function mayBeKey(text: string): boolean {
  return (text.match(keyLike) ?? []).some(run =>
    // Each part of a path counts on its own, because a key may be in an address or behind a folder.
    (pathLike.test(run) ? run.split('/') : [run]).some(isMixed)
  )
}

function isMixed(part: string): boolean {
  return part.length >= 30 && /[a-z]/.test(part) && /[A-Z]/.test(part)
}

/** 40 characters that begin such a run, or follow `=` or `(` in it, and end it except for punctuation. */
const wholeKey = /(?<=^|[=(])(.{40})(?=[:.;)]{0,2}$)/

/** The same for texts that name many paths, which must stay readable: hides only what has the length of a key. */
export function hideWholeKeys(text: string): string {
  return text.replace(keyLike, run =>
    run.replace(wholeKey, key => (mayBeKey(key) ? '[perhaps a key]' : key))
  )
}
