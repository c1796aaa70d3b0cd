import { readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'tap'
import { findAddressProblems } from '../../../lib/collector/intake/address-check.ts'
import { startCollector } from '../../helpers/collector.ts'
import { loopback } from '../../helpers/loopback.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'

test('addresses that are free or in use are no problem', async t => {
  const folder = dirname(makeSocketPath(t))
  const ipc = `ipc://${folder}/socket`
  const { collector } = await startCollector(t, {
    bind: [`tcp://${loopback}:*`, ipc, `ipc://@${folder}`]
  })
  const bind = [...collector.addresses, 'tcp://*:5558', 'tcp://127.0.0.1:*', `ipc://${folder}/free`]
  t.strictSame(await findAddressProblems(bind, ['tcp://no.such.host.invalid:1', ipc]), [])
  t.strictSame(readdirSync(folder), ['socket'], 'nothing is left behind')
})

test('addresses that can never be used are problems', async t => {
  const folder = dirname(makeSocketPath(t))
  writeFileSync(`${folder}/file`, '')
  const long = `ipc:///tmp/${'x'.repeat(120)}`
  const bind = [
    'tcp://192.0.2.1:5558',
    'tcp://no.such.host.invalid:5558',
    `ipc://${folder}/file`,
    `ipc://${folder}/none/socket`,
    long
  ]
  t.match(await findAddressProblems(bind, [long]), [
    'ERR_ZMQ_PUB_ADDRESS: cannot use tcp://192.0.2.1:5558: this machine has no such address',
    /no\.such\.host\.invalid:5558: this machine has no such address/,
    /file already exists and is not a socket/,
    /none\/socket: .*no such/i,
    /at most 107 bytes/,
    /at most 107 bytes/
  ])
})
