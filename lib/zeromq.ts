import type * as zeromq from 'zeromq'
import { toMessage, ZmqPubError } from './errors.ts'

type Zeromq = typeof zeromq

let loading: Promise<Zeromq> | undefined

/**
 * Loads zeromq with its compiled binary, which exists only for some systems. A static import of it would end with
 * zeromq's own error, before any code of zmq-pub runs.
 * @param load for tests and examples
 * @throws ERR_ZMQ_PUB_ZEROMQ with zeromq's message and what to do
 */
export function loadZeromq(load?: () => Promise<Zeromq>): Promise<Zeromq> {
  if (load) return tryToLoad(load)
  return (loading ??= tryToLoad(() => import('zeromq')))
}

async function tryToLoad(load: () => Promise<Zeromq>): Promise<Zeromq> {
  const warnings = collectWarnings()
  try {
    return await load()
  } catch (error) {
    const [warning] = warnings.found
    // Without `cause`: Node.js would print it with the error, and it has a list of all binaries.
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ZEROMQ',
      `cannot load zeromq on this machine (${process.platform} ${process.arch}): ${toReason(error)}${warning === undefined ? '' : ` (${toReason(warning)})`}. ` +
        'zeromq has compiled binaries for Linux (x64, arm64), Alpine Linux with libstdc++ (x64, arm64), ' +
        'macOS (x64, arm64) and Windows (x64, arm64, ia32). ' +
        'On these systems, run npm install again on this machine. On others, compile zeromq: npm rebuild zeromq ' +
        '(needs a C++17 compiler, CMake and Ninja). See Installing in docs/frameworks.md of zmq-pub'
    )
  } finally {
    warnings.stop()
  }
}

/**
 * zeromq's loader writes why a binary can't be loaded only to the console, with a stack for each binary that it tries:
 * this would hide the error, and its first line belongs into it. Other warnings pass.
 */
function collectWarnings(): { found: string[]; stop: () => void } {
  const found: string[] = []
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (String(words[0]).includes('cmake-ts')) found.push(String(words[1]))
    else warn(...words)
  }
  return { found, stop: () => (console.warn = warn) }
}

/** zeromq's message in one line, without the list of its binaries and the stack. */
function toReason(error: unknown): string {
  const [line = ''] = toMessage(error).split('\n')
  return line.replace(/^.*?: Error: /, '').replace(/\.? The candidates were:$/, '')
}
