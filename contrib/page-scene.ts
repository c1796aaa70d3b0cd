/** A small shop with its apps, whose logs the screenshots show. The same records each time, but for their times. */
import { RawSender } from '../test/helpers/raw-sender.ts'
import { createRandom } from '../test/helpers/seeded-random.ts'

/** What is ended with the scene. */
export interface Scene {
  teardown: (end: () => unknown) => unknown
}

const hosts: [app: string, host: string, pid: number][] = [
  ['shop', 'web-1', 4711],
  ['shop', 'web-2', 5120],
  ['billing', 'jobs-1', 4802],
  ['search', 'web-2', 5133],
  ['mailer', 'jobs-1', 990]
]

/** Events of each app: how often, level, message and members. `#` is a number of the record's own. */
const events: Record<string, [weight: number, level: number, msg: string, members: string][]> = {
  shop: [
    [20, 30, 'request completed', '"method":"GET","path":"/products/#","status":200,"ms":12'],
    [9, 30, 'added to basket', '"product":#,"quantity":1'],
    [6, 20, 'cache miss', '"key":"product:#"'],
    [4, 30, 'order placed', '"order":#,"total":49.9,"currency":"EUR"'],
    [2, 40, 'slow query', '"topic":"db.query","table":"products","ms":812'],
    [
      1,
      50,
      'request failed',
      '"method":"POST","path":"/orders","status":502,"err":{"type":"Error","code":"ECONNRESET","message":"socket hang up"}'
    ]
  ],
  billing: [
    [6, 30, 'payment accepted', '"order":#,"provider":"acme","ms":341'],
    [1, 40, 'payment declined', '"order":#,"provider":"acme","reason":"insufficient funds"'],
    [1, 50, 'payment provider timed out', '"order":#,"provider":"acme","attempt":3']
  ],
  search: [
    [5, 30, 'query answered', '"q":"garden chair","hits":#,"ms":7'],
    [5, 10, 'posting list read', '"term":"chair","bytes":#'],
    [1, 20, 'segment merged', '"documents":#']
  ],
  mailer: [
    [8, 30, 'mail sent', '"order":#,"template":"confirmation"'],
    [1, 60, 'no connection to the mail server, giving up', '"server":"mx-1","attempts":10']
  ]
}

/** The apps of the shop, connected to a collector. */
export class ShopScene {
  readonly #senders: RawSender[]
  readonly #next: number[]
  readonly #random = createRandom(7)

  static async connect(scene: Scene, address: string): Promise<ShopScene> {
    const t = scene as Parameters<typeof RawSender.connect>[0]
    const senders = await Promise.all(hosts.map(() => RawSender.connect(t, address)))
    for (const [index, sender] of senders.entries()) {
      const [app, host, pid] = hosts[index] as (typeof hosts)[number]
      await sender.hello(1, { app, host, pid })
    }
    return new ShopScene(senders)
  }

  private constructor(senders: RawSender[]) {
    this.#senders = senders
    this.#next = senders.map(() => 1)
  }

  /** Logs records with these times. Unit: ms since the epoch */
  async log(times: readonly number[]): Promise<void> {
    const lines = this.#senders.map((): string[] => [])
    for (const time of times) {
      const index = this.#choose(hosts.map((_, each) => [12, 9, 3, 5, 1][each] ?? 1))
      lines[index]?.push(this.#makeLine(index, Math.round(time)))
    }
    for (const [index, batch] of lines.entries()) {
      if (batch.length === 0) continue
      const first = this.#next[index] ?? 1
      await this.#senders[index]?.batch(first, batch.length, batch.join(''))
      this.#next[index] = first + batch.length
    }
  }

  /** Billing has dropped records, and says so. */
  async lose(records: number): Promise<void> {
    const index = hosts.findIndex(([app]) => app === 'billing')
    const [app, host, pid] = hosts[index] as (typeof hosts)[number]
    const first = (this.#next[index] ?? 1) + records
    this.#next[index] = first
    await this.#senders[index]?.hello(first, { app, host, pid })
  }

  #makeLine(index: number, time: number): string {
    const [app = '', host = '', pid = 0] = hosts[index] ?? []
    const kinds = events[app] ?? []
    const [, level, msg, members = ''] = kinds[this.#choose(kinds.map(([weight]) => weight))] ?? []
    const own = String(10_000 + this.#random(90_000))
    const trace = `${(0x10000 + this.#random(0xefff)).toString(16)}${this.#random(0xffff).toString(16)}`
    return `{"level":${level},"time":${time},"pid":${pid},"hostname":"${host}","name":"${app}","trace":"${trace}",${members.replace('#', own)},"msg":"${msg}"}\n`
  }

  #choose(weights: readonly number[]): number {
    let left = this.#random(weights.reduce((sum, weight) => sum + weight, 0))
    return weights.findIndex(weight => (left -= weight) < 0)
  }
}
