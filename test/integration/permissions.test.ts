/** The permissions of what a collector makes, with a umask that says otherwise. */
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** The permissions of all that is below a folder, in octal digits. */
function readModes(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const toMode = (name: string): string => (statSync(join(folder, name)).mode & 0o7777).toString(8)
  return Object.fromEntries(names.toSorted().map(name => [name, toMode(name)]))
}

for (const args of [[], ['--fsync']]) {
  test(`logs, journal and folders have the permissions that are asked for ${args.join(' ')}`, async t => {
    const folder = t.testdir()
    mkdirSync(`${folder}/there`, { mode: 0o755 })
    const former = process.umask(0o077)
    t.teardown(() => process.umask(former))
    const collector = await startCollectorProgram(t, [
      `--file=${folder}/there/logs/{app}/{date}/x.log`,
      '--file-mode=664',
      '--dir-mode=2770',
      '--max-size=1',
      '--compress',
      ...args
    ])
    process.umask(former)
    const { logger, stream } = await startLogger(
      t,
      { address: collector.address },
      { name: 'shop' }
    )
    for (let line = 0; line < 2; line++) {
      logger.info({ line })
      await new Promise(resolve => stream.flush(() => resolve(undefined)))
    }
    await waitFor(
      () => Object.keys(readModes(folder)).some(name => name.endsWith('.gz')),
      'the copy'
    )
    t.equal(await collector.stop(), 0, collector.stderr())
    const date = new Date().getFullYear()
    const modes = Object.entries(readModes(folder)).map(([name, mode]) => [
      name.replace(new RegExp(`${date}-\\d\\d-\\d\\d`), 'DAY'),
      mode
    ])
    t.strictSame(modes, [
      ['there', '755'],
      ['there/logs', '2770'],
      ['there/logs/.{app}_{date}_x.log.journal', '664'],
      ['there/logs/shop', '2770'],
      ['there/logs/shop/DAY', '2770'],
      ['there/logs/shop/DAY/.x.log.gz.index', '664'],
      ['there/logs/shop/DAY/x.1.log', '664'],
      ['there/logs/shop/DAY/x.log.gz', '664']
    ])
  })
}
