import { hostname } from 'node:os'
import { test } from 'tap'
import { OwnHost } from '../../lib/viewer/own-host.ts'

const hosts: [header: string | undefined, isOwn: boolean][] = [
  ['127.0.0.1:8558', true],
  ['127.0.0.1', true],
  ['[::1]:8558', true],
  ['10.1.2.3:8558', true],
  ['localhost:8558', true],
  ['LOCALHOST', true],
  ['own.example:8558', true],
  ['logs.example.com', true],
  ['Logs.Example.com:443', true],
  [hostname(), true],
  [undefined, false],
  ['', false],
  ['evil.example', false],
  ['evil.example:8558', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
  ['logs.example.com.evil.example', false],
  ['evil.example#127.0.0.1', false],
  ['127.0.0.1@evil.example', false],
  ['[evil.example]:8558', false],
  ['127.0.0.1:8558, evil.example', false]
]

const own = new OwnHost('own.example', ['logs.example.com'])

for (const [header, isOwn] of hosts) {
  test(`a request for ${header} is ${isOwn ? 'answered' : 'refused'}`, async t => {
    t.equal(own.isOwn(header), isOwn)
  })
}

const origins: [origin: string | undefined, host: string, isOwn: boolean][] = [
  ['http://127.0.0.1:8558', '127.0.0.1:8558', true],
  ['http://localhost:8558', 'localhost:8558', true],
  ['http://[::1]:8558', '[::1]:8558', true],
  ['http://[::1]:3000', '[::1]:8558', false],
  ['https://logs.example.com', 'logs.example.com', true],
  // A reverse proxy that passes its own name on, and one that doesn't.
  ['https://logs.example.com', '127.0.0.1:8558', true],
  ['http://127.0.0.1:3000', '127.0.0.1:8558', false],
  ['http://localhost:3000', 'localhost:8558', false],
  ['http://localhost', '127.0.0.1:8558', false],
  ['http://127.0.0.1', '127.0.0.1:8558', false],
  ['https://evil.example', '127.0.0.1:8558', false],
  ['null', '127.0.0.1:8558', false],
  [undefined, '127.0.0.1:8558', false],
  ['file://', '127.0.0.1:8558', false]
]

for (const [origin, host, isOwn] of origins) {
  test(`a page of ${origin} may ${isOwn ? '' : 'not '}send something to ${host}`, async t => {
    t.equal(own.isOwnOrigin(origin, host), isOwn)
  })
}
