import { test } from 'tap'
import { XSubscriber } from 'zeromq'
import { setOptionQuietly } from '../../lib/util/socket-option.ts'

test('an option is set without a warning, and later warnings are emitted', async t => {
  const warnings: string[] = []
  const onWarning = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  socket.connect('tcp://127.0.0.1:1')
  setOptionQuietly(() => (socket.ipv6 = true))
  t.ok(socket.ipv6)
  process.emitWarning('another one')
  await new Promise(resolve => setImmediate(resolve)) // warnings are emitted in the next tick
  t.strictSame(warnings, ['another one'])
})

test('warnings are emitted again after an option that is refused', async t => {
  const { emitWarning } = process
  t.throws(() =>
    setOptionQuietly(() => {
      throw new Error('refused')
    })
  )
  t.equal(process.emitWarning, emitWarning)
})
