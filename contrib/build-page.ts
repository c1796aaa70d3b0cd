/**
 * Bundles the page of `--ui` into the files that the collector serves, in lib/viewer/assets/: script, style sheet, the
 * HTML, and the licences of the packages that are in it. Browsers need nothing else, so the page works without internet.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { isMain } from '../lib/cli/is-main.ts'

const root = join(import.meta.dirname, '..')
const page = join(root, 'lib', 'viewer', 'page')

/** Where the collector looks for them. */
export const assetsFolder = join(root, 'lib', 'viewer', 'assets')

/** Browsers of the last two years. `light-dark()` in page.css is the newest that the page needs. */
const target = ['chrome123', 'firefox125', 'safari17.5']

/** Writes the files of the page. */
export function buildPage(): void {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [
      { in: join(page, 'main.ts'), out: 'page' },
      { in: join(page, 'page.css'), out: 'page' }
    ],
    outdir: assetsFolder,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target,
    legalComments: 'none', // licenses.txt has them all
    logLevel: 'warning'
  })
  mkdirSync(assetsFolder, { recursive: true })
  for (const { path, contents } of outputFiles) replaceFile(path, contents)
  replaceFile(join(assetsFolder, 'index.html'), readFileSync(join(page, 'index.html')))
  const packages = findPackages(Object.keys(metafile.inputs))
  replaceFile(join(assetsFolder, 'licenses.txt'), packages.map(readLicense).join('\n\n'))
}

/** A collector that starts meanwhile finds the old file or the new one. */
function replaceFile(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}

/** The folders of the packages that files belong to. */
function findPackages(files: readonly string[]): string[] {
  const folders = files.flatMap(file => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  return [...new Set(folders)].toSorted()
}

function readLicense(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8')
  ) as { name: string; version: string; license: string }
  const file = readdirSync(join(root, folder)).find(each => /^licen[cs]e(\.|$)/i.test(each))
  if (file === undefined) throw new Error(`${name} has no licence file`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8')}`
}

if (isMain(import.meta.url, 'build-page.js')) buildPage()
