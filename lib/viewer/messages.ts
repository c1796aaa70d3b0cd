/** What the collector's thread and the thread of the page tell each other. */
import type { LivePost } from '../collector/live/page-feed.ts'
import type { ResolvedOutputOptions } from '../collector/options/output-options.ts'

/** Which logs there are. */
export interface LogSettings {
  outputs: ResolvedOutputOptions[]
  timezone: string
}

/** What the thread of the page gets at its start. */
export interface ViewerData extends LogSettings {
  /** `HOST:PORT` */
  address: string
  /** further names under which browsers may ask for the page */
  names: string[]
  /** who has it may look; the same for each start of the thread */
  token: string
  /** how the collector reads records */
  levelKey: string
  messageKey: string
  isAppPinned: boolean
}

/** To the thread of the page. */
export type ToViewer =
  | ({ kind: 'live' } & LivePost)
  /** the answer to one `watch` */
  | { kind: 'watching' }
  /** the answer to one request, as JSON */
  | { kind: 'snapshot'; text: string }
  /** after a reload */
  | ({ kind: 'logs' } & LogSettings)
  | { kind: 'close' }

/** From the thread of the page. `isOurs`: what is preloaded into each thread, as by a test runner, may send messages of its own. */
export type FromViewer = { isOurs: true } & (
  | { kind: 'listening'; port: number }
  /** it can't listen: nothing follows */
  | { kind: 'failed'; code: string | undefined; message: string }
  /** frames as a ZeroMQ watcher sends them, and how many watch without a filter */
  | { kind: 'watch'; frames: Uint8Array[]; unfiltered: number }
  /** it is done with this many bytes of live records */
  | { kind: 'done'; bytes: number }
  | { kind: 'snapshot' }
  /** somebody has sent a wrong token */
  | { kind: 'refused'; from: string }
  | { kind: 'closed' }
)
