import { test, type Test } from 'tap'
import { XPublisher } from 'zeromq'
import { TailConnection, type TailListener } from '../../lib/cli/tail-connection.ts'
import type { Finding } from '../../lib/transport/connection/probe.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { waitFor } from '../helpers/wait.ts'

/** A subscription, and what has happened to it. */
function connect(t: Test, address: string, topics: (string | Buffer)[] = ['']) {
  const told: string[] = []
  const findings: Finding[] = []
  const listener: TailListener = {
    onMessage: (topic, text) => void told.push(`${topic.toString()} ${text.toString()}`),
    onConnected: () => void told.push('connected'),
    onLost: () => void told.push('lost'),
    onAbsent: finding => void findings.push(finding)
  }
  const connection = new TailConnection(parseTransportOptions({ address }), topics, listener)
  t.teardown(() => connection.close())
  const waitForTold = (text: string, count = 1): Promise<unknown> =>
    waitFor(() => told.filter(other => other === text).length >= count, `'${text}'`)
  return { connection, findings, told, waitForTold }
}

/** A publisher. */
async function bind(t: Test, address: string) {
  const socket = new XPublisher()
  socket.linger = 0
  t.teardown(() => socket.close())
  await socket.bind(address)
  const receiveTopic = async (): Promise<string> => String((await socket.receive())[0]?.subarray(1))
  return { socket, receiveTopic }
}

test('it subscribes to each topic, and hands over what is published, in order', async t => {
  const address = await findFreeAddress()
  const { socket, receiveTopic } = await bind(t, address)
  const { told, waitForTold } = connect(t, address, ['a', Buffer.from('b')])
  t.strictSame([await receiveTopic(), await receiveTopic()].toSorted(), ['a', 'b'])
  await socket.send(['c', 'not wanted'])
  await socket.send(['a', 'one'])
  await socket.send(['a'])
  await socket.send(['b', 'two', 'more'])
  await waitForTold('b two')
  t.strictSame(told, ['connected', 'a one', 'b two'], 'a message without a text is none')
})

test('a lost connection is told, and made and told again', async t => {
  const address = await findFreeAddress()
  const first = await bind(t, address)
  const { findings, told, waitForTold } = connect(t, address)
  await first.receiveTopic()
  await waitForTold('connected')
  first.socket.close()
  await waitForTold('lost')
  const second = await bind(t, address)
  await second.receiveTopic()
  await waitForTold('connected', 2)
  await second.socket.send(['', 'again'])
  await waitForTold(' again')
  t.strictSame(told, ['connected', 'lost', 'connected', ' again'])
  for (const { kind } of findings) t.not(kind, 'plain', 'nothing wrong is said of a publisher')
})

test('where nothing listens that is told, and a publisher that starts later is found', async t => {
  const address = await findFreeAddress()
  const { findings, waitForTold } = connect(t, address)
  const [finding] = await waitFor(() => findings.length > 0 && findings, 'a finding')
  t.strictSame(finding, { kind: 'absent', code: 'ECONNREFUSED' })
  const { socket, receiveTopic } = await bind(t, address)
  await receiveTopic()
  await socket.send(['', 'found'])
  await waitForTold(' found')
})

test('a closed one tells nothing', async t => {
  const address = await findFreeAddress()
  const { socket, receiveTopic } = await bind(t, address)
  const { connection, told, waitForTold } = connect(t, address)
  await receiveTopic()
  await waitForTold('connected')
  connection.close()
  connection.close()
  socket.close()
  await new Promise(setImmediate)
  t.strictSame(told, ['connected'])
})
