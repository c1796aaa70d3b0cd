import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  decodeLiveFilter,
  encodeLiveFilter,
  isEmptyFilter,
  matchesRecord,
  matchesSource,
  maxFilterBytes,
  type LiveFilter
} from '../../lib/wire/live-filter.ts'
import { decodeMarker } from '../../lib/wire/marker.ts'
import { root } from '../helpers/program.ts'

const none: LiveFilter = { level: 0, apps: [], hosts: [], topics: [] }

test('a filter is read as it was written, and docs/wire-format.md shows one', async t => {
  const filter = { level: 40, apps: ['shop'], hosts: [], topics: ['db.'] }
  const topic = encodeLiveFilter(filter)
  t.strictSame(decodeLiveFilter(topic), filter)
  t.equal(decodeMarker(topic), undefined, 'no app takes it for a collector')
  const page = readFileSync(join(root, 'docs/wire-format.md'), 'utf8')
  t.ok(page.includes(topic.toString().replace('\0', '␀')))
})

const others: [what: string, topic: string | Buffer][] = [
  ['every topic', ''],
  ['a usual one', 'shop.INFO'],
  ['a marker', '\0zmq-pub/2 max=67108864'],
  ['no JSON', '\0zmq-pub/live {'],
  ['no object', '\0zmq-pub/live [1]'],
  ['bytes', Buffer.of(0, 255, 254)],
  ['a very long one', `\0zmq-pub/live {"level":40,"x":"${'x'.repeat(maxFilterBytes)}"}`]
]

for (const [what, topic] of others) {
  test(`a topic is no filter: ${what}`, async t => {
    t.equal(decodeLiveFilter(Buffer.from(topic as string)), undefined)
  })
}

test('members of a wrong type are left out', async t => {
  const topic = '\0zmq-pub/live {"level":"warn","apps":"shop","hosts":[1,"web"],"topics":null}'
  t.strictSame(decodeLiveFilter(Buffer.from(topic)), { ...none, hosts: ['web'] })
})

const source = { root: 'prod', app: 'shop', host: 'web-1' }

const sources: [filter: Partial<LiveFilter>, matches: boolean][] = [
  [{}, true],
  [{ apps: ['shop'] }, true],
  [{ apps: ['prod'] }, true],
  [{ apps: ['sho'] }, false],
  [{ apps: ['billing', 'shop'], hosts: ['web-1'] }, true],
  [{ apps: ['shop'], hosts: ['web-2'] }, false],
  [{ hosts: [''] }, false]
]

for (const [filter, matches] of sources) {
  test(`${JSON.stringify(filter)} ${matches ? 'matches' : 'excludes'} shop on web-1`, async t => {
    t.equal(matchesSource({ ...none, ...filter }, source), matches)
  })
}

const records: [filter: Partial<LiveFilter>, level: number, topic: string, matches: boolean][] = [
  [{}, 10, '', true],
  [{ level: 40 }, 30, '', false],
  [{ level: 40 }, 40, '', true],
  [{ topics: ['db.', 'http'] }, 10, 'http.get', true],
  [{ topics: ['db.'] }, 60, 'db', false],
  [{ level: 40, topics: ['db'] }, 30, 'db', false]
]

for (const [filter, level, topic, matches] of records) {
  const record = `a record of level ${level} with topic '${topic}'`
  test(`${JSON.stringify(filter)} ${matches ? 'matches' : 'excludes'} ${record}`, async t => {
    t.equal(matchesRecord({ ...none, ...filter }, level, topic), matches)
  })
}

test('a filter that lets everything pass is empty', async t => {
  t.ok(isEmptyFilter(none))
  for (const part of [{ level: 1 }, { apps: [''] }, { hosts: ['a'] }, { topics: ['a'] }])
    t.notOk(isEmptyFilter({ ...none, ...part }))
})
