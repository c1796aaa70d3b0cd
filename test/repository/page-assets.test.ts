/** The page as it is published: a few files, which need nothing else. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { assetsFolder, buildPage } from '../../contrib/build-page.ts'
import { npm } from '../helpers/installation.ts'
import { root } from '../helpers/program.ts'
import { listFiles } from '../helpers/sources.ts'

buildPage()
const read = (name: string): string => readFileSync(join(assetsFolder, name), 'utf8')

test('the page is four files, of less than 200 kB together', async t => {
  const names = readdirSync(assetsFolder).filter(name => !name.endsWith('.tmp'))
  t.strictSame(names.toSorted(), ['index.html', 'licenses.txt', 'page.css', 'page.js'])
  const bytes = names.map(name => statSync(join(assetsFolder, name)).size)
  const sum = bytes.reduce((total, each) => total + each, 0)
  t.ok(sum < 200_000, `${sum} bytes`)
})

test('it has no script or style inline, and loads nothing from elsewhere', async t => {
  const html = read('index.html')
  t.notMatch(html, /<style|style=|<script(?! type="module" src="\/page\.js"><\/script>)| on\w+=/)
  for (const [, address = ''] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    t.match(address, /^(?:\/[a-z]|data:image\/svg)/, address)
  }
  t.notMatch(read('page.css'), /@import|url\((?!data:)/)
  t.notMatch(read('page.js'), /import\(|eval\(|new Function/)
})

test('licenses.txt has the licence of each package that is in the page', async t => {
  const licenses = read('licenses.txt')
  const sources = listFiles('lib/viewer/page', /(?<!\.d)\.ts$/)
  const used = sources.flatMap(path =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/from '([a-z@][^/']*)/g)].map(
      ([, name = '']) => name
    )
  )
  for (const name of new Set([...used, 'lit-html', '@lit/reactive-element'])) {
    t.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'), name)
  }
  t.match(licenses, 'Redistributions in binary form must reproduce')
  t.match(licenses, 'Permission is hereby granted')
})

test('they are published, and the sources of the page are not', async t => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const text = execFileSync(npm, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  const [packed] = JSON.parse(text) as { files: { path: string }[] }[]
  const paths = (packed?.files ?? []).map(({ path }) => path)
  t.strictSame(paths.filter(path => path.startsWith('lib/viewer/assets/')).toSorted(), [
    'lib/viewer/assets/index.html',
    'lib/viewer/assets/licenses.txt',
    'lib/viewer/assets/page.css',
    'lib/viewer/assets/page.js'
  ])
  t.strictSame(
    paths.filter(path => path.startsWith('lib/viewer/page/')),
    []
  )
})
