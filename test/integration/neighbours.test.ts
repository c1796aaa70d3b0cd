/** What is wrong with one app's path, or with the number of files, costs no other app a line. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { startLogger } from '../helpers/logger.ts'
import { loopback } from '../helpers/loopback.ts'
import { startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const day = '2026-11-23'
const noon = Date.parse(`${day}T12:00:00Z`)
const isRoot = process.getuid?.() === 0

/** What stands in the way of the app "bad", and what its trouble says. */
const obstacles: [what: string, make: (folder: string) => void, reason: RegExp][] = [
  ['a file in place of its folder', folder => writeFileSync(folder, ''), /EEXIST|ENOTDIR/],
  [
    'a folder in place of its file',
    folder => mkdirSync(join(folder, `${day}.log`), { recursive: true }),
    /EISDIR/
  ],
  [
    'a link that leads elsewhere',
    folder => symlinkSync('..', folder),
    /ELOOP: the link .* leads out of/
  ],
  [
    'a pipe that nobody reads',
    folder => {
      mkdirSync(folder)
      execFileSync('mkfifo', [join(folder, `${day}.log`)])
    },
    /EINVAL: .* is a pipe, a socket or a device/
  ],
  ...(isRoot
    ? []
    : [
        [
          'a folder that may not be written',
          (folder: string) => mkdirSync(folder, { mode: 0o500 }),
          /EACCES/
        ] as [string, (folder: string) => void, RegExp]
      ])
]

for (const [what, make, reason] of obstacles) {
  test(`where ${what} blocks one app, others are written and acknowledged, and it goes on by itself`, async t => {
    const folder = join(t.testdir({ logs: {} }), 'logs')
    const bad = join(folder, 'bad')
    make(bad)
    const options = { file: join(folder, '{app}', '{date}.log'), timezone: 'utc' }
    const { address, entries } = await startCollector(t, options, () => noon)
    const [blocked, free] = await Promise.all(
      ['bad', 'good'].map(name => startLogger(t, { address }, { name }))
    )
    blocked?.logger.info('a line of the app that is blocked')
    await publish(t, address, [['bad.INFO', 'a plain line']])
    const trouble = await waitFor(
      () => entries.find(({ msg }) => msg === 'cannot write; trying again'),
      'the trouble'
    )
    t.match(trouble, { path: join(bad, `${day}.log`), err: { message: reason } })
    for (let line = 0; line < 100; line++) free?.logger.info({ line })
    await new Promise(resolve => free?.stream.flush(resolve)) // acknowledged
    t.equal(readFolder(join(folder, 'good')).split('\n').length - 1, 100)
    rmSync(bad, { recursive: true })
    await waitForLines(() => readFolder(bad), 2)
    const recovery = await waitFor(
      () => entries.find(({ msg }) => msg === 'writing again'),
      'its end'
    )
    t.match(recovery, { path: join(bad, `${day}.log`) })
    t.equal(entries.filter(({ msg }) => msg === 'writing again').length, 1)
  })
}

test('while one app has no room, plain lines of others are taken, and only its own are dropped', async t => {
  const folder = join(t.testdir({ logs: { bad: 'in the way' } }), 'logs')
  const options = { file: join(folder, '{app}', '{date}.log'), timezone: 'utc' }
  const { address, collector } = await startCollector(t, options, () => noon)
  const mebibyte = 'x'.repeat(1024 * 1024)
  await publish(
    t,
    address,
    Array.from({ length: 70 }, () => ['bad.INFO', mebibyte])
  )
  await waitFor(() => collector.totals.droppedPlainRecords > 0, 'a dropped record')
  const before = collector.totals.droppedPlainRecords
  await publish(
    t,
    address,
    Array.from({ length: 70 }, () => ['good.INFO', 'a line'])
  )
  await waitForLines(() => readFolder(join(folder, 'good')), 70)
  t.ok(before <= 6, `${before} dropped`)
  t.equal(collector.totals.droppedPlainRecords, 6)
  await collector.stop()
})

/** Starts a collector that may have 64 file descriptors. */
async function startPoorCollector(t: Test) {
  const folder = join(t.testdir(), 'logs')
  const file = join(folder, '{app}', '{date}.log')
  const script = join(import.meta.dirname, '..', '..', 'collector.js')
  const args = [script, '--bind', `tcp://${loopback}:*`, '--file', file]
  const program = startProgram(t, '', {
    command: 'sh',
    // tap's hooks load modules one by one, which hides how many are opened at once.
    args: ['-c', 'ulimit -n 64 && NODE_OPTIONS= exec "$0" "$@"', process.execPath, ...args]
  })
  const find = (msg: RegExp): Record<string, unknown> | undefined =>
    program
      .stderr()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .find(entry => msg.test(String(entry['msg'])))
  const { address } = await waitFor(() => find(/^listening$/), 'the address')
  return { ...program, folder, find, address: String(address) }
}

const skip = process.platform !== 'linux' && 'no /proc'

test(
  'with few descriptors, idle files make room for many logs, and apps can connect',
  { skip },
  async t => {
    const { folder, find, address, child, exited, stderr } = await startPoorCollector(t)
    t.match(find(/^fewer files are kept open/), { limit: 64 })
    const names = Array.from({ length: 100 }, (_, index) => `app-${index}`)
    await publish(
      t,
      address,
      names.map(name => [`${name}.INFO`, 'a line'])
    )
    const countLines = (): number =>
      names.filter(name => readFolder(join(folder, name)) !== '').length
    await waitFor(() => countLines() === names.length, 'a line of each app')
    const apps = ['late-1', 'late-2', 'late-3', 'late-4'].map(async name => {
      const { logger, stream } = await startLogger(t, { address }, { name })
      logger.info('a line')
      await new Promise(resolve => stream.flush(resolve))
    })
    await Promise.all(apps)
    t.equal(readdirSync(folder).filter(name => name.startsWith('late')).length, 4)
    t.notOk(/EMFILE|no file descriptors left/.test(stderr()), 'and nothing is in trouble')
    child.kill('SIGTERM')
    t.strictSame(await exited, { code: 0, signal: null })
  }
)

test(
  'where sockets take all descriptors that is said, logs that are open are written, and it passes',
  { skip },
  async t => {
    const { folder, find, address, child, exited } = await startPoorCollector(t)
    const { logger, stream } = await startLogger(t, { address }, { name: 'early' })
    const flush = (): Promise<unknown> => new Promise(resolve => stream.flush(resolve))
    logger.info('before')
    await flush()
    const port = Number(address.split(':').at(-1))
    const sockets: Socket[] = []
    t.teardown(() => sockets.forEach(socket => socket.destroy()))
    for (let count = 0; count < 60; count++) {
      sockets.push(connect({ port, host: loopback }).on('error', () => undefined))
    }
    t.match(await waitFor(() => find(/^no file descriptors left/), 'the trouble'), { limit: 64 })
    logger.info('meanwhile')
    for (const socket of sockets) socket.destroy()
    await flush()
    t.equal(readFolder(join(folder, 'early')).split('\n').length - 1, 2)
    const late = await startLogger(t, { address }, { name: 'late' })
    late.logger.info('after')
    await waitForLines(() => readFolder(join(folder, 'late')), 1)
    child.kill('SIGTERM')
    t.strictSame(await exited, { code: 0, signal: null })
  }
)
