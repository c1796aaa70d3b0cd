import { pathToFileURL } from 'node:url'
import { test, type Test } from 'tap'
import { isMain } from '../../lib/cli/is-main.ts'

/** Changes argv as if the process had been started with this script. */
function startAs(t: Test, script: string | undefined): void {
  t.intercept(process, 'argv', { value: script === undefined ? ['node'] : ['node', script] })
}

const tree = { 'collector.js': '', 'other.js': '', bin: {} }

const cases: [what: string, script: string, isStarted: boolean][] = [
  ['by its path', 'collector.js', true],
  ['without its extension', 'collector', true],
  ['through a link', 'link', true],
  ['as another module', 'other.js', false],
  ['as another module without its extension', 'other', false]
]

for (const [what, script, isStarted] of cases) {
  test(`a program that is started ${what} is ${isStarted ? '' : 'not '}the one`, async t => {
    const dir = t.testdir({ ...tree, link: t.fixture('symlink', 'collector.js') })
    startAs(t, `${dir}/${script}`)
    t.equal(isMain(pathToFileURL(`${dir}/collector.js`).href, 'collector.js'), isStarted)
  })
}

test('a process without a script has started no module', async t => {
  startAs(t, undefined)
  t.equal(isMain(import.meta.url, 'is-main.test.js'), false)
})

test("an app's bundle, in which a module is, is not the module", async t => {
  const dir = t.testdir(tree)
  startAs(t, `${dir}/other.js`)
  t.equal(isMain(pathToFileURL(`${dir}/other.js`).href, 'collector.js'), false)
  t.equal(isMain(undefined as never, 'collector.js'), false, 'as CommonJS it has no URL')
})
