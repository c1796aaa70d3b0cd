import { copyFileSync, linkSync, rmSync, statSync } from 'node:fs'

/** The first damaged journals are kept, and the last: a collector that starts again and again must not fill the disk. */
const maxKept = 5

/**
 * Keeps a damaged journal for somebody to look at: it is about to be rewritten. As a second name of its file, for that
 * needs no room on a full disk; where the file system has no such names, as a copy.
 * @returns where it is kept: `<path>.damaged`, `.damaged.2` and so on; undefined where that is impossible
 */
export function keepAside(path: string): string | undefined {
  const names = Array.from({ length: maxKept }, (_, index) =>
    index === 0 ? `${path}.damaged` : `${path}.damaged.${index + 1}`
  )
  let target = names.at(-1) as string
  try {
    const own = statSync(path)
    for (const name of names) {
      const kept = statSync(name, { throwIfNoEntry: false })
      // Kept by an earlier start, which had no room to rewrite the journal.
      if (kept?.ino === own.ino && kept.dev === own.dev) return name
      if (!kept) {
        target = name
        break
      }
    }
    rmSync(target, { force: true })
    giveName(path, target)
    return target
  } catch {
    return undefined // the collector starts all the same
  }
}

function giveName(path: string, name: string): void {
  try {
    linkSync(path, name)
  } catch {
    try {
      copyFileSync(path, name)
    } catch (error) {
      rmSync(name, { force: true }) // the part that had room
      throw error
    }
  }
}
