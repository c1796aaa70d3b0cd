/** `zmq-pub-collector tail`: shows records as they arrive. */
import { parseTransportOptions, type ResolvedTransportOptions } from '../transport/options.ts'
import { BestEffortOutput, toStream } from '../util/best-effort-output.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { encodeLiveFilter, isEmptyFilter } from '../wire/live-filter.ts'
import { decodeNotice } from '../wire/live-notice.ts'
import { exitCodes } from './exit-codes.ts'
import { mayColor } from './shared-arguments.ts'
import { parseTail, tailHelpText, type TailRequest } from './tail-arguments.ts'
import { TailConnection } from './tail-connection.ts'
import { TailLines } from './tail-line.ts'
import { explainSilence } from './tail-silence.ts'

/** How long the end waits for what is not written yet. Unit: ms */
const flushMs = 500

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** As a SubCommand runs. */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const request = parseTail(args, env)
  if (!request) {
    process.stdout.write(tailHelpText)
    return exitCodes.stopped
  }
  const { address, curve, nameOf } = request
  const toName = (name: string): string => (name.startsWith('curve') ? nameOf(name) : '--connect')
  const options = parseTransportOptions({ address, curve }, toName)
  const isColored = mayColor(request.mayColor, env)
  await new Tail(request, options, isColored).run()
  return exitCodes.stopped
}

/** Shows records until a signal, or until nobody reads them. */
class Tail {
  readonly #address: string
  readonly #lines: TailLines
  readonly #output = new BestEffortOutput(1, toStream(1, process.stdout))
  readonly #stderr = new BestEffortOutput(2, toStream(2, process.stderr))
  readonly #options: ResolvedTransportOptions
  readonly #topics: (string | Buffer)[]
  #isFirst = true
  /** what was last reported about an address where no collector publishes */
  #silence = ''

  constructor(
    { filter, grep, isJson }: TailRequest,
    options: ResolvedTransportOptions,
    isColored: boolean
  ) {
    this.#options = options
    this.#address = hideKeys(options.address[0] ?? '')
    this.#lines = new TailLines({ filter, grep, isJson, isColored })
    this.#topics = isEmptyFilter(filter) ? [''] : ['', encodeLiveFilter(filter)]
    this.#output.onRestored = lines =>
      this.#say(
        `records that this terminal, or the program that reads this output, was too slow for: ${lines}`
      )
  }

  async run(): Promise<void> {
    const ended = new Promise<void>(resolve => {
      for (const name of endSignals) process.once(name, () => resolve())
      process.stdout.on('error', () => resolve()) // EPIPE: nobody reads any more
    })
    process.on('SIGCONT', () =>
      this.#say('continued; records that were published while it was stopped may be missing')
    )
    const connection = new TailConnection(this.#options, this.#topics, {
      onMessage: (topic, text) => this.#show(topic, text),
      onConnected: () => this.#onConnected(),
      onLost: () => this.#say(`the connection to ${this.#address} is lost; trying again`),
      onAbsent: finding => {
        const text = explainSilence(this.#address, this.#options.curve, finding)
        if (text !== this.#silence) this.#say(`${text}; trying again`)
        this.#silence = text
      }
    })
    await ended
    connection.close()
    await Promise.all([this.#output.flush(flushMs), this.#stderr.flush(flushMs)])
    process.exit(exitCodes.stopped) // whatever stdout still holds
  }

  #show(topic: Buffer, text: Buffer): void {
    const skipped = decodeNotice(topic, text)
    if (skipped !== undefined) {
      return this.#say(
        `records that the collector had no time to publish: ${skipped}; the files have them, and a filter (--app, --host, --level) shows more of what you look for`
      )
    }
    const line = this.#lines.toLine(topic, text, Date.now())
    if (line !== undefined) this.#output.write(line)
  }

  #onConnected(): void {
    this.#silence = ''
    this.#say(
      this.#isFirst
        ? `connected to ${this.#address}`
        : `connected again to ${this.#address}; records that were published meanwhile are not shown`
    )
    this.#isFirst = false
  }

  #say(text: string): void {
    this.#stderr.write(`zmq-pub-collector tail: ${text}\n`)
  }
}
