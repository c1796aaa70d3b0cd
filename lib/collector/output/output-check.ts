/** What would keep outputs from writing, found without creating anything. */
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { toWriteError } from '../files/write-error.ts'
import { toJournalPath } from '../journal/journal-path.ts'
import { baseFolderOf, refuseFolderPath, toPath } from '../naming/log-path.ts'
import { hasValues } from '../naming/path-template.ts'
import type { ResolvedCollectorOptions } from '../options/collector-options.ts'
import { toLinkTemplate, type ResolvedOutputOptions } from '../options/output-options.ts'
import { Calendar } from '../time/calendar.ts'
import { TimeZone } from '../time/time-zone.ts'

/**
 * Finds folders and files that this process's user can't write. The lock of another collector is no
 * problem: the configuration of a running one is checked, too.
 * @param now ms since the epoch
 * @returns messages with their codes
 */
export function findOutputProblems(
  options: Pick<ResolvedCollectorOptions, 'outputs' | 'timezone'>,
  now = Date.now()
): string[] {
  const zone = new TimeZone(options.timezone)
  const problems = options.outputs.flatMap(output => {
    const { file } = output
    const folderProblem =
      messageOf(() => refuseFolderPath(file)) || findProblem(baseFolderOf(file), checkFolder)
    if (folderProblem !== '') return [folderProblem]
    return [
      findProblem(toJournalPath(file), checkFile),
      findProblem(toCurrentPath(output, zone, now), checkFile),
      findProblem(toLinkTemplate(output), checkLink, linkAdvice)
    ]
  })
  return [...new Set(problems)].filter(problem => problem !== '')
}

const linkAdvice =
  'move it away, or choose another name for the link (--symlink, or the symlink of an output)'

/** @param path undefined where there is nothing to check @param check throws what is wrong with it */
function findProblem(
  path: string | undefined,
  check: (path: string) => void,
  advice?: string
): string {
  if (path === undefined) return ''
  return messageOf(() => {
    try {
      check(path)
    } catch (error) {
      throw toWriteError(path, error, advice)
    }
  })
}

function messageOf(check: () => void): string {
  try {
    check()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** The file of the current period; undefined where the path depends on records. */
function toCurrentPath(
  { file, rotate }: ResolvedOutputOptions,
  zone: TimeZone,
  now: number
): string | undefined {
  return hasValues(file) ? undefined : toPath(file, new Calendar(rotate, zone).periodAt(now))
}

/** A folder that isn't there must have one above it in which it can be created. */
function checkFolder(folder: string): void {
  const parent = dirname(folder)
  if (folder !== parent && !existsSync(folder)) return checkFolder(parent)
  if (!statSync(folder).isDirectory()) throw new Error(`ENOTDIR: ${folder} is not a folder`)
  accessSync(folder, constants.W_OK | constants.X_OK)
}

function checkFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isFile()) throw new Error('it is there, and not a file')
  accessSync(path, constants.W_OK)
}

function checkLink(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found && !found.isSymbolicLink()) throw new Error('it already exists and is not a link')
}
