/**
 * The fenced code blocks of the documents. A marker, which readers don't see, says which test runs a block, or why none
 * can. It stands in an HTML comment before the block, or behind the language (```sh run: install), which costs no line:
 *
 * - `run: NAME`: test/integration/documents.test.ts runs it, as the block NAME
 * - `run by test/x/y.test.ts`, and `: NAME` where one test runs several blocks of a document: another test does
 * - `not run: REASON`
 *
 * `<!-- every block: … -->` anywhere in a document is the marker of each block that has none of its own.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './program.ts'
import { listFiles } from './sources.ts'

export interface CodeBlock {
  document: string
  /** The line of the opening fence, from 1. */
  line: number
  /** The word behind the fence; '' where there is none. */
  language: string
  /** The lines inside, without the indentation or the `>` of a quote; '' or ended by a newline. */
  code: string
  /** '' where there is none. */
  marker: string
}

/** What a marker says: the test that runs the block, or why none does. */
export type BlockUse = { test: string; name?: string } | { reason: string }

const documentsTest = 'test/integration/documents.test.ts'

/** Every document whose blocks are run, as paths from the root of the repository. */
export const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...listFiles('docs', /\.md$/),
  ...listFiles('contrib', /\.md$/)
]

export function readBlocks(document: string): CodeBlock[] {
  return parseBlocks(document, readFileSync(join(root, document), 'utf8'))
}

/** The block that has this name in its marker. */
export function findBlock(document: string, name: string): CodeBlock {
  const block = readBlocks(document).find(({ marker }) => {
    const use = parseMarker(marker)
    return use !== undefined && 'test' in use && use.name === name
  })
  if (block === undefined) throw new Error(`${document} has no code block named '${name}'`)
  return block
}

export function parseBlocks(document: string, text: string): CodeBlock[] {
  const lines = text.split('\n')
  const [, forAll = ''] = /^<!-- every block: (.*) -->$/m.exec(text) ?? []
  const blocks: CodeBlock[] = []
  for (let index = 0; index < lines.length; index++) {
    const [fence, prefix = '', language = '', info = ''] =
      /^([\s>]*)```(\S*)(.*)$/.exec(lines[index] ?? '') ?? []
    if (fence === undefined) continue
    const line = index + 1
    const code: string[] = []
    for (
      index++;
      index < lines.length && lines[index]?.trim() !== `${prefix}\`\`\``.trim();
      index++
    ) {
      code.push((lines[index] ?? '').replace(new RegExp(`^[\\s>]{0,${prefix.length}}`), ''))
    }
    const marker = info.trim() || readComment(lines.slice(0, line - 1)) || forAll
    blocks.push({ document, line, language, code: code.map(row => `${row}\n`).join(''), marker })
  }
  return blocks
}

/** The comment that the last line with text is; '' where it is none. */
function readComment(before: string[]): string {
  const last = before.findLast(row => row.replaceAll('>', '').trim() !== '') ?? ''
  const [, comment = ''] = /^[\s>]*<!-- (.*) -->$/.exec(last) ?? []
  return comment.startsWith('every block: ') ? '' : comment
}

/** undefined where a marker is none of the three kinds. */
export function parseMarker(marker: string): BlockUse | undefined {
  const [, name] = /^run: (\S+)$/.exec(marker) ?? []
  if (name !== undefined) return { test: documentsTest, name }
  const [, test, named] = /^run by (test\/\S+\.test\.ts)(?:: (\S+))?$/.exec(marker) ?? []
  if (test !== undefined) return named === undefined ? { test } : { test, name: named }
  const [, reason] = /^not run: (.{10,})$/.exec(marker) ?? []
  return reason === undefined ? undefined : { reason }
}
