/** Requests as browsers, and programs that are none, send them to the page. */
import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { loopback } from './loopback.ts'

/** What is sent. */
export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** What is answered. */
export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Begins a request. @returns the answer, whose body is still to be read */
export async function open(port: number, path: string, ask: Ask = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body = '' } = ask
  const sent = request({ host: loopback, port, path, method, agent: false })
  for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value)
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

/** Sends a request, and reads the answer. */
export async function ask(port: number, path: string, given: Ask = {}): Promise<Answered> {
  const response = await open(port, path, given)
  let body = ''
  for await (const text of response.setEncoding('utf8')) body += text
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

/** Exchanges the token for a cookie. @returns the headers of a request with it */
export async function logIn(port: number, token: string): Promise<{ cookie: string }> {
  const headers = { origin: `http://${loopback}:${port}` }
  const body = JSON.stringify({ token })
  const answer = await ask(port, '/api/session', { method: 'POST', headers, body })
  const [cookie = ''] = (answer.headers['set-cookie']?.[0] ?? '').split(';')
  if (answer.status !== 204) throw new Error(`${answer.status} ${answer.body}`)
  return { cookie }
}

/** One server-sent event. */
export interface ServerEvent {
  event: string
  id: string
  data: Record<string, unknown>
}

/** Reads server-sent events until the answer ends, or the loop. */
export async function* readEvents(response: IncomingMessage): AsyncGenerator<ServerEvent> {
  let text = ''
  for await (const more of response.setEncoding('utf8')) {
    text += more
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map(line => {
          const at = line.indexOf(': ')
          return [line.slice(0, at), line.slice(at + 2)]
        })
      )
      const data = fields.get('data')
      if (data !== undefined) {
        const parsed = JSON.parse(data) as Record<string, unknown>
        yield { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: parsed }
      }
    }
  }
}

/** Reads events until these lines have been shown. @returns all lines */
export async function readLines(
  events: AsyncGenerator<ServerEvent>,
  isEnough: (lines: string[]) => boolean
): Promise<string[]> {
  const lines: string[] = []
  while (!isEnough(lines)) {
    const { value, done } = await events.next()
    if (done) throw new Error(`the stream has ended after ${lines.length} lines`)
    if (value.event === 'records') lines.push(...(value.data['lines'] as string[]))
  }
  return lines
}
