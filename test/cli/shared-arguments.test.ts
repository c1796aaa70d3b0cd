import { isatty } from 'node:tty'
import { test } from 'tap'
import {
  mayColor,
  readSeconds,
  refuseAnyAddress,
  refuseGateway
} from '../../lib/cli/shared-arguments.ts'
import { parseCollectorOptions } from '../../lib/collector/options/collector-options.ts'

test('whole seconds up to a most are read as ms', async t => {
  t.equal(readSeconds('--timeout', '1', 60), 1000)
  t.equal(readSeconds('--timeout', '60', 60), 60_000)
})

for (const text of ['', '0', '61', '100', '-1', '1.5', '1e1', ' 5', '5s', 'Infinity', 'NaN', '٣']) {
  test(`'${text}' is refused as a time of 1 to 60 seconds`, async t => {
    t.throws(() => readSeconds('--timeout', text, 60), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: `ERR_ZMQ_PUB_OPTION: --timeout must be a whole number of seconds from 1 to 60, got '${text}'`
    })
  })
}

for (const address of ['tcp://*:5558', 'tcp://127.0.0.1:*', 'tcp://*:*', 'tcp://[::1]:*']) {
  test(`${address} is refused as an address to connect to`, async t => {
    t.throws(() => refuseAnyAddress('--connect', address, 'tcp://logs:5559'), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: `ERR_ZMQ_PUB_OPTION: --connect must be one host and one port to connect to, such as tcp://logs:5559; got '${address}'`
    })
  })
}

for (const address of ['tcp://logs:5558', 'tcp://[::1]:5558', 'ipc:///run/*/logs.sock', 'what?']) {
  test(`${address} is not refused as one of several hosts or ports`, async t => {
    t.doesNotThrow(() => refuseAnyAddress('--connect', address, 'tcp://logs:5559'))
  })
}

test('a command that looks for a log refuses the configuration of a gateway', async t => {
  const gateway = parseCollectorOptions({ outputs: [{ nats: { servers: 'nats://127.0.0.1:1' } }] })
  t.throws(() => refuseGateway('top', gateway), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message:
      'ERR_ZMQ_PUB_OPTION: top needs the configuration of a collector or writer, got that of a gateway, which has no log: use that of a writer'
  })
  t.doesNotThrow(() => refuseGateway('top', parseCollectorOptions({ file: '/logs/{date}.log' })))
})

test('colors are for a terminal, unless a flag or NO_COLOR excludes them', async t => {
  t.equal(mayColor(true, {}), isatty(1))
  t.equal(mayColor(true, { NO_COLOR: '' }), isatty(1), 'an empty NO_COLOR excludes nothing')
  t.equal(mayColor(true, { NO_COLOR: '1' }), false)
  t.equal(mayColor(false, {}), false)
})
