/** How a full disk gets room again: by retention, or by somebody who deletes or moves files. */
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram, type CollectorProgram } from '../helpers/program.ts'
import { cannotMount, fillDisk, mountDisk } from '../helpers/small-disk.ts'

const message = 'x'.repeat(100)

function mountSmall(t: Test, size = '1m'): string {
  const { dir, unmount } = mountDisk(size)
  t.teardown(unmount)
  return dir
}

/** Logs numbered lines. @returns resolves when all are acknowledged */
async function startLogging(t: Test, address: string) {
  const { logger, stream } = await startLogger(t, { address })
  let line = 0
  return {
    log: async (lines: number): Promise<void> => {
      for (const end = line + lines; line < end; line++) {
        logger.info({ line }, message)
        if (line % 100 === 0) await new Promise(resolve => setImmediate(resolve))
      }
    },
    flush: (): Promise<void> => new Promise(resolve => stream.flush(() => resolve()))
  }
}

/** The numbers of the lines in all files of a log, in order; torn lines are NaN. */
function readLines(dir: string): number[] {
  const options = { cwd: dir, maxBuffer: 2 ** 28 }
  const text = execFileSync('sh', ['-c', 'cat $(ls -v all*.log)'], options).toString()
  const lines = text.split('\n').slice(0, -1)
  return lines.map(line =>
    /^\{.*\}$/.test(line) ? Number(/"line":(\d+)/.exec(line)?.[1]) : Number.NaN
  )
}

/** That the last lines are there, each once and in order, from any line on. */
function hasLast(t: Test, dir: string, lines: number): number {
  const found = readLines(dir)
  const expected = Array.from({ length: found.length }, (_, index) => lines - found.length + index)
  t.strictSame(found, expected)
  return found.length
}

async function stop(t: Test, collector: CollectorProgram): Promise<void> {
  t.equal(await collector.stop(), 0, collector.stderr())
}

const acts: [what: string, act: (dir: string, shelf: string) => void][] = [
  ['deletes the log', dir => rmSync(`${dir}/all.log`)],
  [
    'moves the log to another disk',
    (dir, shelf) => void execFileSync('mv', [`${dir}/all.log`, shelf])
  ],
  ['deletes something else', dir => rmSync(`${dir}/filler`)]
]

for (const [what, act] of acts) {
  for (const args of [[], ['--fsync']]) {
    test(
      `all goes on where somebody ${what} on a full disk ${args.join(' ')}`,
      { skip: cannotMount },
      async t => {
        const dir = mountSmall(t)
        const shelf = t.testdir()
        writeFileSync(`${dir}/filler`, Buffer.alloc(500_000))
        const collector = await startCollectorProgram(t, [
          `--file=${dir}/all.log`,
          '--rotate=never',
          ...args
        ])
        const { log, flush } = await startLogging(t, collector.address)
        await log(2000)
        await flush()
        await log(1500)
        await collector.waitForEntry('cannot write; trying again')
        act(dir, shelf)
        await flush()
        await log(100)
        await flush()
        await stop(t, collector)
        const kept = hasLast(t, dir, 3600)
        const lost = readdirSync(shelf).includes('all.log') ? readLines(shelf).length : 0
        if (what.startsWith('deletes the')) t.ok(kept < 3600)
        else t.equal(kept + lost, 3600)
      }
    )
  }
}

test(
  'a lower keepBytes makes room on a full disk after a reload',
  { skip: cannotMount },
  async t => {
    const dir = mountSmall(t, '4m') // room for the largest write, which is of 1 MiB
    const config = `${t.testdir()}/collector.json`
    const options = { file: `${dir}/all.log`, rotate: 'never', maxSize: '64k', keepBytes: '10m' }
    writeFileSync(config, JSON.stringify(options))
    const collector = await startCollectorProgram(t, ['--config', config])
    const { log, flush } = await startLogging(t, collector.address)
    await log(30_000)
    await collector.waitForEntry('cannot write; trying again')
    writeFileSync(config, JSON.stringify({ ...options, keepBytes: '200k' }))
    collector.child.kill('SIGHUP')
    await flush()
    await stop(t, collector)
    t.ok(hasLast(t, dir, 30_000) > 0)
    t.ok(collector.entries().some(({ msg }) => msg === 'deleted'))
  }
)

test('keepBytes alone keeps a disk from being full', { skip: cannotMount }, async t => {
  const dir = mountSmall(t, '4m')
  const collector = await startCollectorProgram(t, [
    `--file=${dir}/all.log`,
    '--rotate=never',
    '--max-size=64k',
    '--keep-bytes=2m'
  ])
  const { log, flush } = await startLogging(t, collector.address)
  for (let part = 0; part < 10; part++) {
    await log(4000)
    await flush()
  }
  await stop(t, collector)
  t.ok(hasLast(t, dir, 40_000) > 0)
})

for (const [what, args] of [
  ['keepBytes', ['--keep-bytes=300k']],
  ['keepFiles', ['--keep-files=4']],
  ['keepDays', ['--keep-days=4']]
] as const) {
  test(`a start on a full disk makes room by ${what}`, { skip: cannotMount }, async t => {
    const dir = mountSmall(t)
    for (let days = 1; days < 9; days++) {
      const time = new Date(Date.now() - days * 86_400_000)
      const path = `${dir}/old.${time.toISOString().slice(0, 10)}.log`
      writeFileSync(path, Buffer.alloc(65_536, 'old\n'))
      utimesSync(path, time, time)
    }
    fillDisk(`${dir}/filler`)
    const collector = await startCollectorProgram(t, [
      `--file=${dir}/old.log`,
      '--timezone=utc',
      ...args
    ])
    const { log, flush } = await startLogging(t, collector.address)
    await log(300)
    await flush()
    await stop(t, collector)
    t.ok(readdirSync(dir).filter(name => name.endsWith('.log')).length <= 5)
  })
}

test('a start on a full disk without retention waits for room', { skip: cannotMount }, async t => {
  const dir = mountSmall(t)
  fillDisk(`${dir}/filler`)
  const collector = await startCollectorProgram(t, [`--file=${dir}/all.log`, '--rotate=never'])
  const { log, flush } = await startLogging(t, collector.address)
  await log(300)
  await collector.waitForEntry('cannot write; trying again')
  rmSync(`${dir}/filler`)
  await flush()
  await stop(t, collector)
  t.equal(hasLast(t, dir, 300), 300)
  t.strictSame(readdirSync(dir).toSorted(), ['.all.log.journal', 'all.log'])
})
