/** Samples in the documents that no program has to be started for: configuration files, records, bytes, commands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { findConfigProblems } from '../../lib/cli/config-file.ts'
import { pinoSettings, toText } from '../../lib/collector/format/text-format.ts'
import { toGapRecord, type GapRecord } from '../../lib/collector/intake/gap-record.ts'
import { TimeZone } from '../../lib/collector/time/time-zone.ts'
import { decodeHello } from '../../lib/wire/hello.ts'
import { fromHexId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'

const configs: [document: string, name: string][] = [
  ['docs/options.md', 'configuration'],
  ['docs/files.md', 'templates'],
  ['docs/files.md', 'outputs'],
  ['docs/operations.md', 'installed'],
  ['docs/operations.md', 'retention']
]

for (const [document, name] of configs) {
  test(`the configuration '${name}' in ${document} is valid`, async t => {
    const path = join(t.testdir(), 'collector.json')
    writeFileSync(path, findBlock(document, name).code)
    t.strictSame(findConfigProblems(path), [])
  })
}

test('the gap record in docs/options.md is what a collector writes', async t => {
  const said = JSON.parse(findBlock('docs/options.md', 'gap').code) as GapRecord
  const { sender, host, pid, app, from, to, why } = said.gap
  const hello = { host, pid, app, versions: {}, levels: {}, errorKey: 'err', dropped: [] }
  const written = toGapRecord({ id: fromHexId(sender), hello }, { from, to, why }, said.time)
  t.strictSame({ ...written, pid: said.pid, hostname: 'logs' }, said)
  t.equal(written.hostname, hostname())
})

test('the entry in docs/files.md is what the text format makes of such a record', async t => {
  const stack = 'Error: reset\n    at x.js:1'
  const record = {
    level: 50,
    time: Date.parse('2026-11-23T07:03:32.777Z'),
    topic: 'db.query',
    ms: 12,
    user: 'a b',
    o: { x: 1 },
    err: { type: 'Error', message: 'reset', stack, code: 'ECONNRESET' },
    msg: 'slow'
  }
  const line = Buffer.from(`${JSON.stringify(record)}\n`)
  const entry = toText(line, pinoSettings, new TimeZone('utc'), 0).toString()
  t.equal(findBlock('docs/files.md', 'entry').code, entry)
})

test('the hello in docs/wire-format.md is read as it is', async t => {
  const payload = findBlock('docs/wire-format.md', 'hello').code
  t.strictSame(decodeHello(Buffer.from(payload)), JSON.parse(payload))
})

test('the markers in docs/wire-format.md are those that a collector subscribes to', async t => {
  const markers = encodeMarkers().map(marker => marker.toString().replace('\0', '␀'))
  t.equal(findBlock('docs/wire-format.md', 'markers').code, `${markers.join('\n')}\n`)
})

test("the gateway's markers in docs/wire-format.md are those that a gateway subscribes to", async t => {
  const all = encodeMarkers(1_048_576, fromHexId('a1b2c3d4e5f60718'))
  const markers = all.map(marker => marker.toString().replace('\0', '␀'))
  t.equal(findBlock('docs/wire-format.md', 'gateway-markers').code, `${markers.join('\n')}\n`)
})

test('the commands in CONTRIBUTING.md exist', async t => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const commands = findBlock('CONTRIBUTING.md', 'commands').code
  const named = [...commands.matchAll(/^npm (?:run )?(\S+)/gm)].map(([, name = '']) => name)
  t.ok(named.length > 10)
  for (const name of named.filter(word => word !== 'install')) t.ok(scripts[name], name)
})
