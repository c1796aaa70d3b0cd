import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { toControlPath } from '../../lib/collector/control/control-path.ts'
import { SnapshotClient } from '../../lib/top/snapshot-client.ts'
import { LockFile } from '../../lib/util/lock-file.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { makeSnapshot } from '../helpers/top-sample.ts'

const skip = process.platform === 'win32' && 'no files of sockets'

/** A path of a journal, and something that listens on its control socket. */
async function listen(t: Test, onClient: (client: Socket) => void): Promise<string> {
  const journal = makeSocketPath(t)
  const server = createServer(client => {
    client.on('error', () => undefined)
    t.teardown(() => client.destroy())
    onClient(client)
  })
  await new Promise<void>(resolve => void server.listen(`${journal}.sock`, resolve))
  t.teardown(() => server.close())
  return journal
}

const answers: [what: string, answer: string, message: RegExp][] = [
  [
    'of another version',
    '{"form":2,"version":"9.9.9"}\n',
    /: the collector is of version 9\.9\.9 and this command of \d.*; run the command of the collector's version$/
  ],
  ['that has failed', '{"error":"a bug"}', /is not that of a collector of version/],
  ['that is cut off', '{"form":1,', /is not that of a collector of version/],
  ['that is something else', 'HTTP/1.1 400 Bad Request\r\n\r\n', /is not that of a collector/],
  ['of nothing', '', /has closed the connection/]
]

for (const [what, answer, message] of answers) {
  test(`an answer ${what} is an error that says so`, { skip }, async t => {
    const journal = await listen(t, client => client.end(answer))
    await t.rejects(new SnapshotClient(journal).ask(), { code: 'ERR_ZMQ_PUB_ADDRESS', message })
  })
}

test('an answer that comes in parts is read', { skip }, async t => {
  const snapshot = makeSnapshot()
  const text = JSON.stringify(snapshot)
  const journal = await listen(t, client => {
    client.write(text.slice(0, 100))
    setImmediate(() => client.end(text.slice(100)))
  })
  t.match(await new SnapshotClient(journal).ask(), { pid: snapshot.pid, version: '1.2.3' })
})

test('a collector that does not answer is not waited for', { skip }, async t => {
  const journal = await listen(t, () => undefined)
  await t.rejects(new SnapshotClient(journal, 50).ask(), {
    message: /has not answered on .*socket\.sock within 0\.05 s: it is stopped, or overloaded/
  })
})

test('an answer without an end is given up', { skip }, async t => {
  const journal = await listen(t, client => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const write = (): boolean => client.writable && client.write(chunk, write)
    write()
  })
  await t.rejects(new SnapshotClient(journal).ask(), { message: /cannot ask the collector on/ })
})

test(
  'where nothing listens the error says which path was tried, and what to do',
  { skip },
  async t => {
    const journal = makeSocketPath(t)
    await t.rejects(new SnapshotClient(journal).ask(), {
      message:
        /: no collector is writing this log: nothing listens on .*socket\.sock\. Start it, or give the same --config or --file/
    })
    const dead = createServer()
    await new Promise<void>(resolve => void dead.listen(`${journal}.sock`, resolve))
    dead.close()
    await t.rejects(new SnapshotClient(journal).ask(), { message: /: no collector is writing/ })
  }
)

test('where a collector runs without a socket the error says so', { skip }, async t => {
  const journal = makeSocketPath(t)
  const lock = LockFile.acquire(`${journal}.lock`)
  t.teardown(() => lock instanceof LockFile && lock.release())
  await t.rejects(new SnapshotClient(journal).ask(), {
    message: new RegExp(
      `the collector with the pid ${process.pid} on the host .* is writing this log`
    )
  })
})

test('a socket in a temporary folder that others may enter is not asked', { skip }, async t => {
  const journal = `${makeSocketPath(t)}/${'x'.repeat(120)}`
  const { TMPDIR } = process.env
  process.env['TMPDIR'] = makeSocketPath(t)
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  })
  const { privateFolder = '' } = toControlPath(journal) ?? {}
  t.ok(privateFolder.startsWith(process.env['TMPDIR'] ?? ''))
  await t.rejects(new SnapshotClient(journal).ask(), { message: /: no collector is writing/ })
  mkdirSync(privateFolder, { recursive: true, mode: 0o755 })
  await t.rejects(new SnapshotClient(journal).ask(), {
    message: /is not a folder that only the collector's user may enter/
  })
  rmSync(privateFolder, { recursive: true })
  writeFileSync(privateFolder, '')
  await t.rejects(new SnapshotClient(journal).ask(), { message: /is not a folder that only/ })
})
