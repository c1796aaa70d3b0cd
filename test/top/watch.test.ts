import { test, type Test } from 'tap'
import type { Snapshot } from '../../lib/collector/control/snapshot.ts'
import type { SnapshotClient } from '../../lib/top/snapshot-client.ts'
import { watch } from '../../lib/top/watch.ts'
import { makeTerminal, replaceStreams } from '../helpers/fake-terminal.ts'
import { sample } from '../helpers/top-sample.ts'
import { waitFor } from '../helpers/wait.ts'

const leave = '\u001b[?1049l'

/** Watches a collector that answers as the test says, on a terminal of its own. */
function startWatch(t: Test, ask: () => Promise<Snapshot>, intervalMs = 1) {
  const terminal = makeTerminal(t)
  const { input: stdin, output: stdout } = terminal
  t.teardown(replaceStreams({ stdin, stdout }))
  const client = { ask } as unknown as SnapshotClient
  const ended = watch(client, sample.earlier, intervalMs)
  t.teardown(async () => {
    stdin.write('q')
    await ended
  })
  /** Waits until this is on the screen. */
  const waitForPage = async (text: string): Promise<string> =>
    waitFor(() => {
      const page = stdout.text.split('\u001b[H').at(-1) ?? ''
      return page.includes(text) && page
    }, `'${text}' on the screen`)
  return { ...terminal, ended, waitForPage }
}

const later = (): Promise<Snapshot> => Promise.resolve(sample.later)
const never = (): Promise<Snapshot> => new Promise(() => undefined)

test('the first page comes at once, and the next one has the lines of each second', async t => {
  let isAsked = false
  const ask = (): Promise<Snapshot> => {
    if (isAsked) return never()
    isAsked = true
    return later()
  }
  const { output, waitForPage } = startWatch(t, ask)
  t.match(output.text, /connected/, 'before anything is asked')
  t.notMatch(output.text, /lines\/s/)
  await waitForPage('lines/s')
})

test('a page fits in the window, and in the usual one where its size is not known', async t => {
  const { output, waitForPage } = startWatch(t, never)
  t.equal((await waitForPage('q quit')).split('\r\n').length, 10)
  output.rows = 0
  output.columns = 0
  output.emit('resize')
  const lines = output.text.split('\u001b[H').at(-1)?.split('\r\n') ?? []
  t.equal(lines.length, 24)
  t.ok(lines.some(line => line.length > 60))
})

test('keys sort the table, and others change nothing', async t => {
  const { input, output, waitForPage } = startWatch(t, never)
  output.columns = 120
  output.emit('resize')
  await waitForPage('(now: lines)')
  input.write('n')
  await waitForPage('(now: name)')
  input.write('?')
  input.write('b')
  await waitForPage('(now: bytes)')
  t.pass()
})

for (const key of ['q', 'Q', '\u0003']) {
  test(`${JSON.stringify(key)} ends it at once, also while the collector does not answer`, async t => {
    let isAsked = false
    const ask = (): Promise<Snapshot> => {
      isAsked = true
      return never()
    }
    const { input, ended, readDirect } = startWatch(t, ask)
    await waitFor(() => isAsked, 'a question')
    input.write(key)
    await ended
    t.ok(readDirect().endsWith(leave), 'the terminal is given back')
  })
}

test('it ends at once also between two questions', async t => {
  const { input, ended } = startWatch(t, never, 60_000)
  input.write('q')
  await ended
  t.pass()
})

test('a terminal that is gone ends it, and no listener of a signal is left', async t => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
  const count = (): number[] => signals.map(signal => process.listenerCount(signal))
  const before = count()
  const { output, ended } = startWatch(t, never)
  t.strictSame(
    count(),
    before.map(listeners => listeners + 1)
  )
  output.emit('error', new Error('write EIO'))
  await ended
  t.strictSame(count(), before)
})

test('a collector that ends is waited for: the page says why, until it answers again', async t => {
  let answer = (): Promise<Snapshot> =>
    Promise.reject(new Error('no collector is writing this log'))
  const { waitForPage } = startWatch(t, () => answer())
  const page = await waitForPage('no collector is writing this log')
  t.match(page, /connected/, 'what was last known is still shown')
  answer = later
  t.notMatch(await waitForPage('q quit'), /no collector/)
})
