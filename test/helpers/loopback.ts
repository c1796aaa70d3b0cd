/**
 * An address of this machine's loopback network. Linux has 2 ** 24 of them: with one of its own, a
 * process finds its port free again after a restart, whatever else connects or listens meanwhile.
 */
export const loopback =
  process.platform === 'linux' ? `127.${part()}.${part()}.${part()}` : '127.0.0.1'

function part(): number {
  return 1 + Math.floor(Math.random() * 254)
}
