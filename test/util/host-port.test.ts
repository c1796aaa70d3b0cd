import { test } from 'tap'
import { parseHostPort, readHostHeader, showHostPort } from '../../lib/util/host-port.ts'

const valid: [text: string, host: string, port: number][] = [
  ['127.0.0.1:9464', '127.0.0.1', 9464],
  ['localhost:0', 'localhost', 0],
  ['logs-1.example:65535', 'logs-1.example', 65_535],
  ['*:9464', '*', 9464],
  ['[::1]:9464', '::1', 9464],
  ['[fe80::1%eth0]:9464', 'fe80::1%eth0', 9464]
]

for (const [text, host, port] of valid) {
  test(`${text} is a host and a port`, async t => {
    const parsed = parseHostPort(text)
    t.strictSame(parsed, { host, port })
    t.equal(parsed && showHostPort(parsed), text)
  })
}

const invalid = [
  '',
  '9464',
  ':9464',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:94640',
  '127.0.0.1:x',
  '::1:9464',
  '[::1]',
  'tcp://127.0.0.1:9464',
  'http://127.0.0.1:9464/metrics',
  '127.0.0.1:9464/metrics',
  'a b:1',
  'a\n:1'
]

for (const text of invalid) {
  test(`${JSON.stringify(text)} is not a host and a port`, async t => {
    t.equal(parseHostPort(text), undefined)
  })
}

const headers: [header: string, host: string][] = [
  ['Logs.example:8558', 'logs.example'],
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]:8558', '::1'],
  ['a:b:c', ''],
  ['logs:8558x', ''],
  ['', '']
]

for (const [header, host] of headers) {
  test(`'${host}' is the host in the header '${header}'`, async t => {
    t.equal(readHostHeader(header), host)
  })
}
