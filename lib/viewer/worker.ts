/** The thread of the page: it serves HTTP, and the collector's thread gives it live records and snapshots. */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PageAccess } from './access.ts'
import { readAssets } from './assets.ts'
import { HistoryRoutes } from './history-routes.ts'
import { LiveDesk } from './live-desk.ts'
import { Queue } from '../util/queue.ts'
import { lowerPriority } from '../util/thread.ts'
import type { FromViewer, ToViewer, ViewerData } from './messages.ts'
import { Routes } from './routes.ts'
import { ViewerServer, type Answer } from './server.ts'
import { Sessions } from './sessions.ts'
import { SnapshotCache } from './snapshot-cache.ts'

type WithoutMark<T> = T extends unknown ? Omit<T, 'isOurs'> : never

const { address, names, token, outputs, timezone, ...liveSettings } = workerData as ViewerData

lowerPriority()
await start()

async function start(): Promise<void> {
  let routes: Routes | undefined
  const server = await listen((request, response) =>
    routes ? routes.answer(request, response) : Promise.resolve(void response.destroy())
  )
  if (!server) return
  const { port, ownHost } = server
  const onRefused = (from: string): void => tell({ kind: 'refused', from })
  const access = new PageAccess({ sessions: new Sessions(token), ownHost, port, onRefused })
  /** resolved in turn */
  const watching = new Queue<() => void>()
  const live = new LiveDesk(liveSettings, {
    onWatch(frames, unfiltered) {
      tell({ kind: 'watch', frames, unfiltered })
      return new Promise(resolve => watching.push(resolve))
    },
    onDone: bytes => tell({ kind: 'done', bytes })
  })
  const snapshots = new SnapshotCache(() => tell({ kind: 'snapshot' }))
  const history = new HistoryRoutes({ outputs, timezone })
  const assets = readAssets(join(import.meta.dirname, 'assets'))
  routes = new Routes({ assets, access, live, snapshots, history })
  parentPort?.on('message', (message: ToViewer) => {
    switch (message.kind) {
      case 'live':
        return live.take(message)
      case 'watching':
        return watching.shift()?.()
      case 'snapshot':
        return snapshots.take(message.text)
      case 'logs':
        return history.follow(message)
      case 'close':
        live.close()
        return void server.close().then(() => tell({ kind: 'closed' }))
    }
  })
  tell({ kind: 'listening', port })
}

async function listen(answer: Answer): Promise<ViewerServer | undefined> {
  try {
    return await ViewerServer.open(address, names, answer)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    tell({ kind: 'failed', code, message })
    return undefined
  }
}

function tell(message: WithoutMark<FromViewer>): void {
  parentPort?.postMessage({ isOurs: true, ...message })
}
