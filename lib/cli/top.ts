/** `zmq-pub-collector top`: shows what a running collector does, sender by sender. */
import { setTimeout as sleep } from 'node:timers/promises'
import { findJournalPath } from '../collector/journal/journal-path.ts'
import { escapeUnsafe } from '../collector/reporting/escaped-name.ts'
import { toPage } from '../top/page.ts'
import { SnapshotClient } from '../top/snapshot-client.ts'
import { toJson, toView, type View } from '../top/view.ts'
import { watch } from '../top/watch.ts'
import { exitCodes } from './exit-codes.ts'
import { parseTop } from './top-arguments.ts'

const topHelp = `zmq-pub-collector top: shows what a running collector does, sender by sender.

Usage: zmq-pub-collector top [--config FILE | --file TEMPLATE] [options]

  --once               print one table and exit; the default if stdout is not a terminal
  --json               print everything as one line of JSON and exit
  --interval SECONDS   time between two updates, from 1 to 60              [1]
  --config, --file and all other options of the collector, also as environment
                       variables: give the same ones as to the collector, in the same
                       working directory, so that it is found

In the live table: q or Ctrl-C quits; l, b, g, x, s and n sort by lines, bytes, lag,
lost lines, last message and name. Only the collector's user and root can ask it.
Exit codes: 0 done, 1 no collector answers, 2 wrong usage.
`

/** As a SubCommand runs. @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG, ERR_ZMQ_PUB_ADDRESS where no collector answers */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const request = parseTop(args, env)
  if (!request) {
    process.stdout.write(topHelp)
    return exitCodes.stopped
  }
  const { collector, isOnce, isJson, intervalMs } = request
  const client = new SnapshotClient(findJournalPath(collector.outputs))
  const first = await client.ask()
  const isDumb = env['TERM'] === 'dumb'
  if (process.stdout.isTTY && !isOnce && !isJson && !isDumb) {
    await watch(client, first, intervalMs)
    return exitCodes.stopped
  }
  await sleep(intervalMs)
  print(toView(await client.ask(), first), isJson)
  return exitCodes.stopped
}

function print(view: View, isJson: boolean): void {
  process.stdout.on('error', () => undefined) // `head` may have read enough
  // JSON has these escapes, too: it stays what it was.
  if (isJson) return void process.stdout.write(`${escapeUnsafe(JSON.stringify(toJson(view)))}\n`)
  const { columns, isTTY } = process.stdout
  const unlimited = Number.POSITIVE_INFINITY
  const width = isTTY && columns > 0 ? columns : unlimited
  const hasColors = isTTY && process.stdout.hasColors()
  const settings = { order: 'lines', width, height: unlimited, hasColors } as const
  process.stdout.write(`${toPage(view, settings).join('\n')}\n`)
}
