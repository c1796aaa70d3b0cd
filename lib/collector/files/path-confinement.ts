import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'

/** @throws where a link leads a file out of the base folder, or stands in its place */
export function refuseLinks(base: string, path: string): void {
  if (!existsSync(base)) return
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw Object.assign(new Error(`ELOOP: ${path} is a link`), { code: 'ELOOP' })
  }
  const root = realpathSync(base)
  let at = resolve(base)
  for (const part of relative(at, resolve(dirname(path))).split(sep)) {
    at = resolve(at, part)
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) continue
    const real = realpathSync(at)
    if (real !== root && !real.startsWith(root + sep)) {
      throw Object.assign(new Error(`ELOOP: the link ${at} leads out of ${base}`), {
        code: 'ELOOP'
      })
    }
  }
}
