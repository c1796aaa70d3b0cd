/** Where a TCP server listens. */
export interface HostPort {
  /** a name, an IP address without brackets, or `*` for all addresses of this machine */
  host: string
  /** 0 = any free one */
  port: number
}

/** `HOST:PORT`, an IPv6 address in brackets. */
const pattern = /^(?:\[([\da-fA-F:.]+(?:%[^\s/[\]]+)?)\]|(\*|[\w.-]{1,253})):(\d{1,5})$/

/** @returns undefined where the text isn't `HOST:PORT` */
export function parseHostPort(text: string): HostPort | undefined {
  const [, address, name, digits] = pattern.exec(text) ?? []
  const host = address ?? name
  const port = Number(digits)
  return host !== undefined && port <= 65_535 ? { host, port } : undefined
}

/** The name or IP address in an HTTP header `Host`, in lower case and without brackets; '' where it has none. */
export function readHostHeader(header: string): string {
  const parts = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(header)?.slice(1)
  return parts?.join('').toLowerCase() ?? ''
}

/** The text that `parseHostPort` reads. */
export function showHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
