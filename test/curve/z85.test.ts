import fc from 'fast-check'
import { test } from 'tap'
import { decodeZ85, encodeZ85 } from '../../lib/curve/z85.ts'

const seed = 13

const vectors: [what: string, hex: string, text: string][] = [
  ['the example of RFC 32', '864fd26fb559f75b', 'HelloWorld'],
  ['nothing', '', ''],
  ['the smallest word', '00000000', '00000'],
  ['the largest word', 'ffffffff', '%nSc0'],
  [
    'the public key of the manual of zmq_curve',
    'bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518',
    'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
  ]
]

for (const [what, hex, text] of vectors) {
  test(`${what} is '${text}'`, async t => {
    t.equal(encodeZ85(Buffer.from(hex, 'hex')), text)
    t.equal(decodeZ85(text)?.toString('hex'), hex)
  })
}

const broken = [
  '%nSc1',
  '#####',
  '0000',
  '000000',
  '0000 ',
  '0000"',
  '0000\n',
  '0000é',
  '\uD83D\uDE00000'
]

for (const text of broken) {
  test(`${JSON.stringify(text)} is no Z85`, async t => t.equal(decodeZ85(text), undefined))
}

test('bytes that are no multiple of 4 have no text', async t => {
  t.throws(() => encodeZ85(Buffer.alloc(31)), RangeError)
})

test('any bytes have one text, and any text that is read is that of its bytes', async () => {
  const bytes = fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { maxLength: 12 })
  fc.assert(
    fc.property(bytes, words => {
      const given = Buffer.concat(words)
      return decodeZ85(encodeZ85(given))?.equals(given) === true
    }),
    { seed, numRuns: 1000 }
  )
  const characters = fc.constantFrom(...Array.from('09azAZ.-:+=^!/*?&<>()[]{}@%$#"\' \n\0é'))
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 45 }), text => {
      const decoded = decodeZ85(text)
      return decoded === undefined || encodeZ85(decoded) === text
    }),
    { seed, numRuns: 5000 }
  )
})
