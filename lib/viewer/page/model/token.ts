/** The token in a URL such as `http://127.0.0.1:8558/#token=…`, or in its fragment; a text that is neither is the token. */
export function readToken(text: string): string {
  return (/#token=([^&\s]+)/.exec(text)?.[1] ?? text).trim()
}
