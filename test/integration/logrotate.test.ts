/** What docs/operations.md says of logrotate: with `delaycompress` no acknowledged line is lost. */
import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { test } from 'tap'
import { endTransport, startLogger } from '../helpers/logger.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** Rotates as logrotate does with `delaycompress`: what the last rotation moved is compressed, then the file is moved. */
function rotate(file: string, rotation: number): void {
  const moved = `${file}.1`
  if (existsSync(moved)) {
    writeFileSync(`${file}.${rotation}.gz`, gzipSync(readFileSync(moved)))
    unlinkSync(moved)
  }
  renameSync(file, moved)
}

for (const isReloaded of [true, false]) {
  const how = isReloaded ? 'with a SIGHUP' : 'without a signal'
  test(`a file that is moved ${how}, and compressed a rotation later, loses no line`, async t => {
    const file = join(t.testdir(), 'all.log')
    const collector = await startCollectorProgram(t, ['--file', file, '--rotate', 'never'])
    const { logger, stream } = await startLogger(t, { address: collector.address })
    let line = 0
    const timer = setInterval(() => logger.info({ line: line++ }), 1)
    t.teardown(() => clearInterval(timer))
    for (let rotation = 1; rotation <= 3; rotation++) {
      await waitFor(() => existsSync(file) && readFileSync(file).length > 0, 'lines in a new file')
      rotate(file, rotation)
      if (isReloaded) collector.child.kill('SIGHUP')
    }
    clearInterval(timer)
    await endTransport(stream)
    t.equal(await collector.stop(), 0)
    const compressed = [2, 3].map(rotation => gunzipSync(readFileSync(`${file}.${rotation}.gz`)))
    const plain = [`${file}.1`, file]
      .filter(path => existsSync(path))
      .map(path => readFileSync(path))
    const lines = [...compressed, ...plain].join('').split('\n').slice(0, -1)
    t.same(
      lines.map(text => (JSON.parse(text) as { line: number }).line),
      Array.from({ length: line }, (_, index) => index)
    )
  })
}
