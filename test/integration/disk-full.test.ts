/** A real filesystem that fills up under load, and is freed again. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { cannotMount, mountDisk } from '../helpers/small-disk.ts'

const megabyte = 1024 * 1024
for (const args of [[], ['--fsync'], ['--max-size=64k', '--compress']]) {
  test(
    `a full disk loses, doubles and tears nothing: ${args.join(' ')}`,
    { skip: cannotMount },
    async t => {
      const { dir, unmount } = mountDisk('1m')
      t.teardown(unmount)
      writeFileSync(`${dir}/filler`, Buffer.alloc(megabyte - 200_000))
      const collector = await startCollectorProgram(t, [
        `--file=${dir}/all.log`,
        '--rotate=never',
        ...args
      ])
      const { logger, stream } = await startLogger(t, { address: collector.address })
      const message = 'x'.repeat(100)
      const lines = 3000
      for (let line = 0; line < lines; line++) {
        logger.info({ line }, message)
        if (line % 100 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await collector.waitForEntry('cannot write; trying again')
      rmSync(`${dir}/filler`)
      await new Promise(resolve => stream.flush(() => resolve(undefined)))
      t.equal(await collector.stop(), 0, collector.stderr())
      const read = execFileSync('sh', ['-c', 'zcat -f $(ls -v all*.log*)'], { cwd: dir })
      const found = read.toString().split('\n').slice(0, -1)
      t.strictSame(
        found.map(line => (JSON.parse(line) as { line: number }).line).toSorted((a, b) => a - b),
        Array.from({ length: lines }, (_, line) => line)
      )
      t.ok(readFileSync(`${dir}/.all.log.journal`, 'utf8').startsWith('{"collector"'))
    }
  )
}
