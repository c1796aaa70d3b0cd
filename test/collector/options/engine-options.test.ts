import { test } from 'tap'
import {
  findOptionProblems,
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'

const servers = 'nats://10.0.0.1:4222'

test('a gateway has a stream in place of outputs', async t => {
  const { gateway, outputs, from, bind } = parseCollectorOptions({
    outputs: [{ nats: { servers } }]
  })
  t.strictSame([outputs, from], [[], undefined])
  t.strictSame(bind, ['tcp://127.0.0.1:5558'])
  t.strictSame(gateway, {
    servers: [servers],
    stream: 'zmq-pub',
    subject: 'zmq-pub',
    credentials: '',
    tls: { ca: '', cert: '', key: '' },
    partitions: 4,
    replicas: 3,
    maxBytes: 10 * 1024 ** 3
  })
})

test('a writer has a stream in place of addresses', async t => {
  const { gateway, outputs, from, bind } = parseCollectorOptions({ from: { nats: { servers } } })
  t.strictSame([gateway, bind, outputs.length], [undefined, [], 1])
  t.match(from, { servers: [servers], stream: 'zmq-pub', partitions: [] })
})

const refused: [given: CollectorOptions, message: RegExp][] = [
  [{ outputs: [{ nats: {} as never }] }, /outputs\[0\]\.nats\.servers must be an address/],
  [{ from: { nats: {} as never } }, /from\.nats\.servers must be an address/],
  [{ from: {} as never }, /from must be an object such as/],
  [{ from: 'nats' as never }, /from must be an object such as .*, got 'nats'/],
  [{ outputs: [{ nats: { servers } }, { file: 'a.log' }] }, /outputs must be a single output/],
  [{ outputs: [{ nats: { servers }, file: 'a.log' }] }, /a gateway writes no files/],
  [{ outputs: [{ nats: { servers, stream: 'a b' } }] }, /nats\.stream must be a name without/],
  [{ outputs: [{ nats: { servers, subject: 'a.>' } }] }, /nats\.subject must be words/],
  [{ outputs: [{ nats: { servers, replicas: 0 } }] }, /nats\.replicas must be a whole number/],
  [{ outputs: [{ nats: { servers, maxBytes: '900m' } }] }, /maxBytes must be 0, or a size of at/],
  [{ outputs: [{ nats: { servers: 'http://a/b' } }] }, /nats\.servers must be an address/],
  [{ outputs: [{ nats: { servers, tls: { pem: 'a' } as never } }] }, /nats\.tls must be an object/],
  [{ outputs: [{ nats: { servers, server: 'a' } as never }] }, /unknown option .*server/],
  [{ from: { nats: { servers, partitions: [-1] } } }, /partitions must be a list of numbers/],
  [
    { from: { nats: { servers } }, bind: 'tcp://127.0.0.1:5558' },
    /bind can't be combined with from/
  ],
  [
    { from: { nats: { servers } }, outputs: [{ nats: { servers } }] },
    /from can't be combined with an output that has nats/
  ],
  [
    { publish: 'tcp://127.0.0.1:5559', outputs: [{ nats: { servers } }] },
    /publish can't be combined with an output that has nats/
  ],
  [
    { ui: '127.0.0.1:8558', outputs: [{ nats: { servers } }] },
    /ui can't be combined with an output that has nats/
  ],
  [
    { compress: false, outputs: [{ nats: { servers } }] },
    /compress can't be combined with an output that has nats/
  ]
]

for (const [given, message] of refused) {
  test(`${JSON.stringify(given)} is refused`, async t => {
    t.throws(() => parseCollectorOptions(given), { code: 'ERR_ZMQ_PUB_OPTION', message })
    const problems = findOptionProblems({ ...given }, name => name)
    t.equal(problems.length, 1, problems.join('\n'))
    t.match(problems[0], message)
  })
}

test('paths are absolute', async t => {
  const nats = { servers, credentials: 'user.creds', tls: { ca: 'ca.pem' } }
  const { gateway } = parseCollectorOptions({ outputs: [{ nats }] })
  t.match([gateway?.credentials, gateway?.tls.ca], [/[/\\].*user\.creds$/, /[/\\].*ca\.pem$/])
  t.equal(gateway?.tls.key, '')
})
