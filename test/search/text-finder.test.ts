/** The finder in WebAssembly finds what `Buffer.indexOf` finds, and has been made from its source. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { TextFinder, type WantedText } from '../../lib/search/text-finder.ts'
import { root } from '../helpers/program.ts'
import { createRandom } from '../helpers/seeded-random.ts'

const finder = TextFinder.get()
const options = finder ? {} : { skip: 'this processor or Node.js has no WebAssembly with SIMD' }

function toText(text: string): WantedText {
  return { bytes: Buffer.from(text, 'latin1'), rare: undefined }
}

/** The places of a text, one found after the other. */
function findAll(text: WantedText): number[] {
  const places: number[] = []
  const next = (from: number): number => finder?.find(text, from) ?? -1
  for (let place = next(0); place !== -1; place = next(place + 1)) places.push(place)
  return places
}

/** The same with `Buffer.indexOf`. */
function findAllSimply(chunk: Buffer, { bytes }: WantedText): number[] {
  const places: number[] = []
  for (let place = chunk.indexOf(bytes); place !== -1; place = chunk.indexOf(bytes, place + 1)) {
    places.push(place)
  }
  return places
}

/** The start and the end of each line that has a text. */
function findLinesSimply(chunk: Buffer, { bytes }: WantedText): number[] {
  const found: number[] = []
  for (let start = 0; start < chunk.length;) {
    const end = chunk.indexOf('\n', start) + 1 || chunk.length
    if (chunk.subarray(start, end).includes(bytes)) found.push(start, end)
    start = end
  }
  return found
}

test(
  'texts at random are found where Buffer.indexOf finds them, and so are their lines',
  options,
  async t => {
    const random = createRandom(7)
    for (let round = 0; round < 3000; round++) {
      const letters = ['ab\n', 'abcdefgh \n', 'a\u00e9\u0000\u00ff\n'][random(3)] as string
      const make = (length: number, from: string): string =>
        Array.from({ length }, () => from[random(from.length)]).join('')
      const text = toText(make(1 + random(random(4) === 0 ? 90 : 5), letters.replace('\n', '')))
      const bytes = Buffer.from(make(random(300), letters), 'latin1')
      // What is behind the chunk in the memory must not be found.
      finder?.load(Buffer.concat([bytes, text.bytes, text.bytes]))
      const isInRoom = finder !== undefined && random(2) === 0
      const at = random(100)
      if (isInRoom) finder.room.set(bytes, at)
      const chunk = isInRoom ? finder.room.subarray(at, at + bytes.length) : bytes
      finder?.load(chunk)
      const found: number[] = []
      finder?.findLines(text, 0, found, Number.POSITIVE_INFINITY)
      const limited: number[] = []
      finder?.findLines(text, 0, limited, 4)
      const wanted = findLinesSimply(chunk, text)
      const result = [findAll(text), found, limited]
      const expected = [findAllSimply(chunk, text), wanted, wanted.slice(0, 4)]
      if (JSON.stringify(result) === JSON.stringify(expected)) continue
      t.strictSame(
        result,
        expected,
        JSON.stringify([text.bytes.toString('latin1'), chunk.toString('latin1')])
      )
      throw new Error('the others are not compared any more')
    }
    t.pass()
  }
)

test('more lines than one call finds are all found', options, async t => {
  const chunk = Buffer.from('a\n'.repeat(10_000))
  finder?.load(chunk)
  const found: number[] = []
  finder?.findLines(toText('a'), 0, found, Number.POSITIVE_INFINITY)
  t.equal(found.length, 20_000)
  t.strictSame(found.slice(-2), [19_998, 20_000])
})

test('it refuses a chunk that has no room, and a text that is too long', options, async t => {
  const text = toText('a')
  const chunk = Buffer.from('a')
  t.equal(finder?.load(Buffer.alloc(64 * 1024 * 1024)), false)
  t.equal(finder?.load(chunk), true)
  t.equal(finder?.canFind(text, chunk), true)
  t.equal(finder?.canFind(text, Buffer.from('a')), false, 'another chunk')
  t.equal(finder?.canFind(toText('a'.repeat(5000)), chunk), false)
  t.equal(finder?.canFind(toText(''), chunk), false)
})

/** Assembles WebAssembly. */
type LoadWabt = () => Promise<{
  parseWat(
    name: string,
    source: string,
    features: object
  ): { toBinary(options: object): { buffer: Uint8Array } }
}>

const packageName: string = 'wabt'
const { default: loadWabt } = (await import(packageName).catch(() => ({}))) as {
  default?: LoadWabt
}
const skip = loadWabt ? false : 'wabt is not installed'

test('text-finder.wasm is what text-finder.wat says', { skip }, async t => {
  const path = join(root, 'lib', 'search', 'text-finder')
  const wabt = await loadWabt?.()
  const source = await readFile(`${path}.wat`, 'utf8')
  const module = wabt?.parseWat('text-finder.wat', source, { simd: true })
  const { buffer = Buffer.alloc(0) } = module?.toBinary({}) ?? {}
  t.ok(Buffer.from(buffer).equals(await readFile(`${path}.wasm`)))
})
