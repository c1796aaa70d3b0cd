/**
 * Z85, the text form of keys: 5 characters for 4 bytes.
 * @see https://rfc.zeromq.org/spec/32/
 */
const alphabet =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

const digits = new Map(Array.from(alphabet, (character, value) => [character, value]))

/** The largest value of 5 characters. */
const maxWord = 2 ** 32 - 1

/** @param bytes a multiple of 4 bytes @throws RangeError on another length */
export function encodeZ85(bytes: Buffer): string {
  if (bytes.length % 4 !== 0) throw new RangeError(`4 bytes or a multiple, got ${bytes.length}`)
  let text = ''
  for (let offset = 0; offset < bytes.length; offset += 4) {
    let word = bytes.readUInt32BE(offset)
    let characters = ''
    for (let count = 0; count < 5; count++) {
      characters = alphabet.charAt(word % 85) + characters
      word = Math.floor(word / 85)
    }
    text += characters
  }
  return text
}

/** The reverse of `encodeZ85`. @returns undefined where the text is no Z85: bytes have exactly one text */
export function decodeZ85(text: string): Buffer | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = Buffer.alloc((text.length / 5) * 4)
  for (let offset = 0; offset < text.length; offset += 5) {
    let word = 0
    for (let index = offset; index < offset + 5; index++) {
      const digit = digits.get(text.charAt(index))
      if (digit === undefined) return undefined
      word = word * 85 + digit
    }
    if (word > maxWord) return undefined // 5 characters hold a little more than 4 bytes
    bytes.writeUInt32BE(word, (offset / 5) * 4)
  }
  return bytes
}
