/** Text in a terminal: how wide it is, and numbers that a person reads at a glance. */

const printable = /^[\u0020-\u007e]*$/
/** Without a column of their own: combining marks, joiners, the second half of Korean syllables. */
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]+$/u
/** East Asian characters and emoji, which take two columns. */
const doubleWidth =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\ufe0f|\p{Emoji_Presentation}/u

const segmenter = new Intl.Segmenter()

/** How many columns a text takes. */
export function widthOf(text: string): number {
  if (printable.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += widthOfCharacter(segment)
  return width
}

function widthOfCharacter(character: string): number {
  if (zeroWidth.test(character)) return 0
  return doubleWidth.test(character) ? 2 : 1
}

/** A text in exactly this number of columns: filled with spaces, or cut, which an ellipsis shows. @param side where the text is */
export function fit(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const cut = cutToWidth(text, columns)
  const space = ' '.repeat(Math.max(0, columns - widthOf(cut)))
  return side === 'left' ? cut + space : space + cut
}

/** A text in at most this number of columns. */
export function cutToWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let cut = ''
  let left = columns - 1
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOfCharacter(segment)
    if (left < 0) break
    cut += segment
  }
  return columns > 0 ? `${cut}…` : ''
}

const grouped = new Intl.NumberFormat('en')

/** A count: 12,345, and from 10 million on 12.3 M. */
export function showCount(count: number): string {
  if (count < 1e7) return grouped.format(count)
  return count < 1e10 ? `${showScaled(count / 1e6)} M` : `${showScaled(count / 1e9)} G`
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes: 12 B, 3.4 kB, 250 MB. */
export function showBytes(bytes: number): string {
  let scaled = bytes
  let unit = 0
  for (; scaled >= 999.5 && unit < byteUnits.length - 1; unit++) scaled /= 1000
  return `${unit === 0 ? scaled : showScaled(scaled)} ${byteUnits[unit]}`
}

/** A time in its largest unit: 12 ms, 1.2 s, 34 s, 5 min, 3 h, 2 d. */
export function showDuration(ms: number): string {
  const seconds = ms / 1000
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  return seconds < 60 ? `${Math.round(seconds)} s` : showSince(ms)
}

/** A time in whole seconds, or its largest unit: 0 s, 34 s, 5 min, 3 h, 2 d. */
export function showSince(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`
}

function showScaled(number: number): string {
  return number < 9.95 ? number.toFixed(1) : String(Math.round(number))
}
