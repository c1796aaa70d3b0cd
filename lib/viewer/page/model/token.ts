/** A token as it is, 256 bits in base64url. */
const bareToken = /^[\w-]{43}$/

/** The token in a URL such as `http://127.0.0.1:8558/#token=…`, or in its fragment, or without both; undefined where there is none. */
export function readToken(text: string): string | undefined {
  const [, inUrl] = /#token=([^&\s]+)/.exec(text) ?? []
  if (inUrl !== undefined) return inUrl
  const trimmed = text.trim()
  return bareToken.test(trimmed) ? trimmed : undefined
}
