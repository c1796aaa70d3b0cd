import { existsSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { baseFolderOf } from '../naming/log-path.ts'

/**
 * The journal's path for a log: a hidden file in the log's base folder, named after the rest of the template.
 * @param file the log's template @returns an absolute path
 */
export function toJournalPath(file: string): string {
  const folder = baseFolderOf(file)
  const rest = relative(folder, file).replaceAll(/[/\\]/g, '_')
  return resolve(folder, `.${rest === '' ? basename(file) : rest}.journal`)
}

/**
 * The journal's path for several logs: beside one of them where a journal exists, required logs first;
 * else beside the first required log, or beside the first log if none is required.
 * @returns an absolute path
 */
export function findJournalPath(outputs: readonly { file: string; required: boolean }[]): string {
  const [first, ...others] = outputs.toSorted((a, b) => Number(b.required) - Number(a.required))
  const paths = [first, ...others].map(output => toJournalPath(output?.file ?? ''))
  return paths.find(path => existsSync(path)) ?? (paths[0] as string)
}
