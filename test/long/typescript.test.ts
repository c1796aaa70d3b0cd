/** The types of the packed package in older versions of TypeScript, which are installed for that. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { compileConsumer, resolutions } from '../helpers/consumer.ts'
import { installOthers, installPacked } from '../helpers/packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-typescript-'))
tap.teardown(() => rmSync(folder, { recursive: true }))

for (const version of ['5.0', '5.2', '5.4', '5.7', '5.9']) {
  const own = join(folder, version)
  const missing = installOthers(own, [`typescript@${version}`])
  const skip = missing ?? (process.platform === 'win32' && 'it has no sh')
  test(`a strict project compiles with TypeScript ${version}`, { skip }, async t => {
    const project = t.testdir()
    installPacked(project)
    const compiler = join(own, 'node_modules', 'typescript', 'bin', 'tsc')
    for (const resolution of resolutions) {
      t.doesNotThrow(() => compileConsumer(project, compiler, resolution), resolution)
    }
  })
}
