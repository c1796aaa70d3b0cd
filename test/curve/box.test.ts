import { createHash } from 'node:crypto'
import { test } from 'tap'
import { sealBox } from '../../lib/curve/box.ts'
import { toPublicKey } from '../../lib/curve/keys.ts'
import { Secret } from '../../lib/curve/secret.ts'
import { encodeZ85 } from '../../lib/curve/z85.ts'

/** Bytes that depend on nothing but a label. */
function makeBytes(label: string, length: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${label}${index}`).digest()
  )
  return Buffer.concat(parts).subarray(0, length)
}

/** The beginning of the SHA-256 of what libsodium 1.0.18 makes of the same bytes (crypto_box_easy), by the text's length. */
const digests: [length: number, digest: string][] = [
  [0, 'c626fe369e7d538b980e71ab359a6a91'],
  [1, '372263fb2d77c01774b75889fac7fee5'],
  [15, 'f28c25397806e915e38d11e9822f3f18'],
  [16, '5c259c98e2233503715d700de128f485'],
  [17, '7c3666ed8c104b74139e50f2e2ec0b4f'],
  [64, '4a827f33364fa9596dfd158eb7662eec'],
  [200, '2f22fbe4918a3168dfc8435161cba4cd'],
  [1000, '1fd9e6ff9526b2268b2f68eb4dcff4b0']
]

for (const [index, [length, digest]] of digests.entries()) {
  test(`a box of ${length} bytes is as libsodium makes it`, async t => {
    const [from, to] = ['a', 'b'].map(label => {
      const secretKey = new Secret(encodeZ85(makeBytes(`${label}${index}`, 32)))
      return { secretKey, publicKey: toPublicKey(secretKey) }
    })
    if (!from || !to) return
    const text = makeBytes(`m${index}`, length)
    const box = sealBox(text, makeBytes(`n${index}`, 24), from, to.publicKey)
    t.equal(box.length, length + 16)
    t.equal(createHash('sha256').update(box).digest('hex').slice(0, 32), digest)
  })
}
