/** `zmq-pub-collector search`: finds records in the log files. */
import { statSync } from 'node:fs'
import { isatty } from 'node:tty'
import { toMessage, ZmqPubError } from '../errors.ts'
import { findFiles, withoutPathNames, type SearchFile } from '../search/files.ts'
import { toCountLines } from '../search/count-lines.ts'
import type { ScanSettings } from '../search/query.ts'
import { search, type SearchListener } from '../search/search.ts'
import { parseSearch, type SearchRequest } from './search-arguments.ts'
import { searchHelpText } from './search-help.ts'
import { ProgressLine } from './search-progress.ts'
import { mayColor } from './shared-arguments.ts'
import { StdoutWriter } from './stdout-writer.ts'

/** As grep has them: a search that finds nothing has not failed. */
const exitCodes = { found: 0, nothing: 1, trouble: 2 } as const

/** As a SubCommand runs. */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const output = new StdoutWriter(process.stdout)
  const request = parseSearch(args, env, Date.now())
  if (!request) {
    await output.write(Buffer.from(searchHelpText))
    return exitCodes.found
  }
  try {
    return await runSearch(request, output, env)
  } catch (error) {
    process.stderr.write(`zmq-pub-collector: ${toMessage(error)}\n`)
    return exitCodes.trouble
  }
}

async function runSearch(
  request: SearchRequest,
  output: StdoutWriter,
  env: NodeJS.ProcessEnv
): Promise<number> {
  const { settings, files } = await prepare(request, env)
  const progress = isatty(2) ? new ProgressLine(text => process.stderr.write(text)) : undefined
  let isTroubled = false
  const report = (text: string): void => {
    progress?.clear()
    process.stderr.write(`zmq-pub-collector: ${text}\n`)
  }
  const listener: SearchListener = {
    write(bytes) {
      if (settings.output.isTerminal) progress?.clear()
      return output.write(bytes)
    },
    onProgress: state => progress?.show(state),
    onTrouble(text) {
      isTroubled = true
      report(text)
    },
    onGone: path => report(`${path} was deleted before it was searched`)
  }
  const { hits, counts } = await search(files, settings, listener)
  progress?.clear()
  const { form, isJson } = request
  if (typeof form === 'object') {
    await output.write(Buffer.from(toCountLines(counts, form.countBy, isJson)))
  }
  if (output.failure) throw new Error(`cannot write to stdout: ${output.failure.message}`)
  if (isTroubled) return exitCodes.trouble
  return hits > 0 ? exitCodes.found : exitCodes.nothing
}

async function prepare(
  request: SearchRequest,
  env: NodeJS.ProcessEnv
): Promise<{ settings: ScanSettings; files: SearchFile[] }> {
  const { place, query, lines, form, isReversed, limit, hasColors } = request
  const isTerminal = isatty(1)
  const isColored = mayColor(hasColors, env)
  const output = { form, isColored, isTerminal, isReversed, limit }
  if ('path' in place) {
    const { size: bytes } = statSync(place.path)
    const file = { paths: [place.path], values: { app: undefined, host: undefined }, bytes }
    return { settings: { query, lines, output }, files: [file] }
  }
  const files = await findFiles(place, query)
  if (files.length === 0) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FILE',
      `no file of ${place.file} was found (rotate: ${place.rotate}); give --file, --rotate and --config as for the collector`
    )
  }
  return { settings: { query: withoutPathNames(query, place), lines, output }, files }
}
