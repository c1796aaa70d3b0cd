import { existsSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { test, type Test } from 'tap'
import { Control } from '../../../lib/collector/control/control.ts'
import { snapshotRequest } from '../../../lib/collector/control/control-server.ts'
import { idleSnapshotSource } from '../../helpers/idle-collector.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'

const skip = process.platform === 'win32' && 'no files of sockets'

/** A control, the path of a journal, and what it has told. */
function createControl(t: Test) {
  const journal = `${makeSocketPath(t)}.journal`
  const told: string[][] = []
  const control = new Control(idleSnapshotSource(journal), {
    onMoved: path => told.push(['moved', path]),
    onOff: (path, reason) => told.push(['off', path, reason])
  })
  t.teardown(() => control.close())
  return { control, journal, told }
}

async function ask(path: string): Promise<Record<string, unknown>> {
  const client = connect(path)
  let text = ''
  client.setEncoding('utf8').on('data', (part: string) => (text += part))
  client.write(snapshotRequest)
  await once(client, 'close')
  return JSON.parse(text) as Record<string, unknown>
}

test(
  'beside the journal a socket answers with a snapshot, until it is closed',
  { skip },
  async t => {
    const { control, journal, told } = createControl(t)
    t.equal(control.path, undefined)
    await control.follow(journal)
    t.equal(control.path, `${journal}.sock`)
    t.match(await ask(`${journal}.sock`), { journal, pid: process.pid, takenAt: 1000 })
    control.close()
    t.equal(control.path, undefined)
    t.notOk(existsSync(`${journal}.sock`))
    t.strictSame(told, [])
  }
)

test('the socket follows the journal to another path', { skip }, async t => {
  const { control, journal } = createControl(t)
  await control.follow(journal)
  await control.follow(`${journal}.2`)
  t.equal(control.path, `${journal}.2.sock`)
  t.notOk(existsSync(`${journal}.sock`))
  await control.follow(`${journal}.2`)
  t.ok(existsSync(`${journal}.2.sock`), 'the same path changes nothing')
})

test(
  'where it is closed, or follows another journal, while a socket opens, none is left',
  { skip },
  async t => {
    const { control, journal } = createControl(t)
    await Promise.all([control.follow(journal), control.follow(`${journal}.2`)])
    t.notOk(existsSync(`${journal}.sock`))
    t.equal(control.path, `${journal}.2.sock`)
    const opening = control.follow(`${journal}.3`)
    control.close()
    await opening
    await control.follow(`${journal}.4`)
    for (const number of [2, 3, 4]) t.notOk(existsSync(`${journal}.${number}.sock`), `${number}`)
    t.equal(control.path, undefined)
  }
)

test(
  'where there can be no socket the listener gets the path and the reason, and nothing throws',
  { skip },
  async t => {
    const { control, journal, told } = createControl(t)
    const file = `${journal}.file`
    writeFileSync(file, '')
    await control.follow(join(file, 'x'))
    t.equal(control.path, undefined)
    t.match(told, [['off', join(file, 'x.sock'), /ENOTDIR|EEXIST/]])
    await control.follow(journal)
    t.ok(existsSync(`${journal}.sock`), 'a later journal may have one')
  }
)

test(
  'a socket whose path would be too long is elsewhere, and the listener is told where',
  { skip },
  async t => {
    const { control, journal, told } = createControl(t)
    await control.follow(join(dirname(journal), 'x'.repeat(120)))
    t.strictSame(told, [['moved', control.path]])
    t.match(await ask(control.path ?? ''), { pid: process.pid })
  }
)
