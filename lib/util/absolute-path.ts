import { resolve } from 'node:path'

/**
 * An absolute path, which stays right when the working directory changes, or is deleted and made anew.
 * @throws where the path is relative and the working directory is gone
 */
export function toAbsolutePath(path: string): string {
  try {
    return resolve(path)
  } catch (error) {
    const reason = `${path} is relative to a working directory that is gone; give an absolute path`
    throw new Error(reason, { cause: error })
  }
}
