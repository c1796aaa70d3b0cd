import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageAccess } from './access.ts'
import type { Asset } from './assets.ts'
import { EventStream } from './event-stream.ts'
import type { HistoryRoutes } from './history-routes.ts'
import type { LiveDesk } from './live-desk.ts'
import { toWatch } from './watch.ts'
import { sendError } from './ndjson-answer.ts'
import { RequestError, toRequestError } from './request-error.ts'
import type { SnapshotCache } from './snapshot-cache.ts'

/** What answers requests. */
export interface RouteParts {
  assets: ReadonlyMap<string, Asset>
  access: PageAccess
  live: LiveDesk
  snapshots: SnapshotCache
  history: HistoryRoutes
}

/** Answers the requests of the page. docs/page.md lists the paths below /api/. */
export class Routes {
  readonly #parts: RouteParts

  constructor(parts: RouteParts) {
    this.#parts = parts
  }

  /** Never throws. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response)
    } catch (error) {
      sendError(response, toRequestError(error))
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const [path, query] = splitOnce(url, '?')
    if (path.startsWith('/api/')) {
      response.setHeader('cache-control', 'no-store')
      return this.#answerApi(method, path, query, request, response)
    }
    if (method !== 'GET' && method !== 'HEAD') return refuseMethod(response, 'GET, HEAD')
    return this.#sendAsset(path, request, response)
  }

  async #answerApi(
    method: string,
    path: string,
    query: string,
    request: IncomingMessage,
    response: ServerResponse
  ): Promise<void> {
    const { access, history, live, snapshots } = this.#parts
    if (path === '/api/session' && method === 'POST') {
      response.setHeader('set-cookie', await access.openSession(request))
      return void response.writeHead(204).end()
    }
    access.check(request)
    if (method !== 'GET') return refuseMethod(response, 'GET')
    const parameters = new URLSearchParams(query)
    switch (path) {
      case '/api/live': {
        const watch = toWatch(parameters)
        live.refuseIfFull()
        const lastId = Number(request.headers['last-event-id'])
        return live.add(watch, onClose => new EventStream(response, onClose), lastId)
      }
      case '/api/senders': {
        response.setHeader('content-type', 'application/json')
        return void response.end(await snapshots.get())
      }
      case '/api/histogram':
        return history.count(parameters, response)
      case '/api/records':
        return history.find(parameters, response)
      case '/api/download':
        return history.download(parameters, response)
      case '/api/outputs':
        response.setHeader('content-type', 'application/json')
        return void response.end(history.listOutputs())
      default:
        throw new RequestError(404, 'not-found', 'there is no such path; see docs/page.md')
    }
  }

  #sendAsset(path: string, { method, headers }: IncomingMessage, response: ServerResponse): void {
    const { assets } = this.#parts
    const asset = assets.get(path)
    if (!asset && path === '/') {
      throw new RequestError(503, 'no-page', 'the files of the page are missing: run npm run build')
    }
    if (!asset) throw new RequestError(404, 'not-found', 'there is no such path')
    const { body, contentType, etag } = asset
    const isKnown = headers['if-none-match'] === etag
    response.writeHead(isKnown ? 304 : 200, {
      'cache-control': 'no-cache',
      etag,
      ...(!isKnown && { 'content-type': contentType, 'content-length': body.length })
    })
    response.end(isKnown || method === 'HEAD' ? undefined : body)
  }
}

function refuseMethod(response: ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed)
  throw new RequestError(405, 'method', `only ${allowed}`)
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
