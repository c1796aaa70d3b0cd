import { existsSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { baseFolderOf } from '../naming/log-path.ts'

/** The journal's path for a log: a hidden file in the log's folder, named after the rest of the path. */
export function toJournalPath(file: string): string {
  const folder = baseFolderOf(file)
  const rest = relative(folder, file).replaceAll(/[/\\]/g, '_')
  return resolve(folder, `.${rest === '' ? basename(file) : rest}.journal`)
}

/**
 * Where the journal of several logs is: beside one of them where it is there already, else beside
 * the first that is required.
 */
export function findJournalPath(outputs: readonly { file: string; required: boolean }[]): string {
  const [first, ...others] = outputs.toSorted((a, b) => Number(b.required) - Number(a.required))
  const paths = [first, ...others].map(output => toJournalPath(output?.file ?? ''))
  return paths.find(path => existsSync(path)) ?? (paths[0] as string)
}
