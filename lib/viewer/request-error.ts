import { ZmqPubError } from '../errors.ts'

/** What is wrong with a request: the page shows the message. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** of HTTP */
  readonly status: number
  /** for programs */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** What a request is answered that has failed. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof ZmqPubError
    ? new RequestError(400, error.code, message.replace(`${error.code}: `, ''))
    : new RequestError(500, 'bug', `a bug: ${message}`)
}

/** As the page reads it. */
export function toErrorBody({ code, message }: RequestError): string {
  return `${JSON.stringify({ code, message })}\n`
}
