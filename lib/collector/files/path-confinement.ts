/**
 * Keeps log files inside their base folder.
 *
 * Who chooses names: the operator chooses the template; senders choose the values in it, such as
 * `{app}` and `{topic}`, and so the names of folders and files below the base folder. `toSafeName` takes
 * separators and dots out of values, so that a name alone never leads out of its folder.
 *
 * What a link could do: a sender that knows of a link in the base folder could name it, and so append
 * its records to a file elsewhere, or make files elsewhere, with the collector's rights. Hence, each
 * time before a file is opened:
 * - a file that is itself a link is refused, wherever it leads;
 * - a folder below the base folder that is a link is accepted only if it leads to the base folder or
 *   to a folder inside it;
 * - the base folder may be a link, or lie below one: the operator chose it.
 *
 * Not protected: a local user who can write in the base folder, or below it, may replace a folder with
 * a link between this check and the opening (a race), make a hard link, or change the log files
 * themselves. Only trusted users may write there.
 */
import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'

/**
 * Refuses a file that a link leads out of the base folder. A base folder that doesn't exist is accepted.
 * @param base folder that contains all files of a log @param path of the file, which need not exist
 * @throws ELOOP for a link as described above; else the file system's error
 */
export function refuseLinks(base: string, path: string): void {
  if (!existsSync(base)) return
  if (isLink(path)) throw toLoopError(`${path} is a link`)
  const realBase = realpathSync(base)
  let folder = resolve(base)
  for (const part of relative(folder, resolve(dirname(path))).split(sep)) {
    folder = resolve(folder, part)
    if (!isLink(folder)) continue
    const target = realpathSync(folder)
    if (target !== realBase && !target.startsWith(realBase + sep)) {
      throw toLoopError(`the link ${folder} leads out of ${base}`)
    }
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

function toLoopError(detail: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`ELOOP: ${detail}`), { code: 'ELOOP' })
}
