/** Files in a spool's folder that no spool leaves, or that can't be read. */
import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { fromHexId } from '../../lib/wire/id.ts'
import { encodeEntry } from './spool.ts'

/** Makes a leftover. @param base path of its files up to the sender id @returns the path that must be reported */
type Make = (base: string, spoolId: string) => string

/** One way to spoil a spool. */
export interface Leftover {
  what: string
  make: Make
  /** what must be reported */
  why: RegExp
}

/** Puts something at a path. */
type Put = (path: string, spoolId: string) => void

const text =
  (content: string): Put =>
  path =>
    writeFileSync(path, content)
const folder: Put = path => mkdirSync(path)
const fifo: Put = path => void execFileSync('mkfifo', [path])
const link: Put = path => symlinkSync('/etc/hostname', path)
const segment: Put = (path, spoolId) => writeFileSync(path, encodeEntry({ spoolId }))
const halfSegment: Put = (path, spoolId) =>
  writeFileSync(path, encodeEntry({ spoolId }).subarray(0, 20))
const foreignSegment: Put = path => writeFileSync(path, encodeEntry())
const foreignHello = text('{"app":"other"}')

const firstName = '-0000000000000001.seg'

const hello =
  (put: Put): Make =>
  (base, spoolId) => {
    put(`${base}.hello`, spoolId)
    return `${base}.hello`
  }

/** A good hello, and something as the segment. */
const body =
  (put: Put, name = firstName): Make =>
  (base, spoolId) => {
    foreignHello(`${base}.hello`, spoolId)
    put(base + name, spoolId)
    return base + name
  }

const noHello = /: it is not the hello of a sender; delete it if it is no longer needed$/
const noFile = /: EINVAL: not a regular file.*; delete it if it is no longer needed$/
const noRecord = /: no record in it can be read; delete it if it is no longer needed$/
const noNumber =
  /: the number in its name is not a sequence number; delete it if it is no longer needed$/

/** Every kind of leftover that is neither used nor deleted. */
export const leftovers: Leftover[] = [
  { what: 'a hello that is no JSON', make: hello(text('hello?')), why: noHello },
  { what: 'a hello that is JSON, but no object', make: hello(text('[1]')), why: noHello },
  { what: 'an empty hello, as a full disk leaves it,', make: hello(text('')), why: noHello },
  {
    what: 'an empty hello beside a segment',
    make(base, spoolId) {
      segment(base + firstName, spoolId)
      return hello(text(''))(base, spoolId)
    },
    why: noHello
  },
  {
    what: 'a hello of 2 MiB',
    make: hello(text(`{"app":"${'x'.repeat(2 ** 21)}"}`)),
    why: /: EFBIG: more than 1048576 bytes.*; delete it if it is no longer needed$/
  },
  { what: 'a folder named as a hello', make: hello(folder), why: noFile },
  { what: 'a FIFO named as a hello', make: hello(fifo), why: noFile },
  { what: 'a link named as a hello', make: hello(link), why: noFile },
  {
    what: 'a segment without a hello',
    make(base, spoolId) {
      segment(base + firstName, spoolId)
      return base + firstName
    },
    why: /: the file .*\.hello is missing; delete it if it is no longer needed$/
  },
  {
    what: 'a FIFO named as a lock',
    make(base, spoolId) {
      body(segment)(base, spoolId)
      fifo(`${base}.lock`, spoolId)
      return `${base}.lock`
    },
    why: /^EINVAL: not a regular file/
  },
  {
    what: 'a folder named as a segment',
    make: body(folder),
    why: /: it is not a regular file; delete it/
  },
  {
    what: 'a FIFO named as a segment',
    make: body(fifo),
    why: /: it is not a regular file; delete it/
  },
  {
    what: 'a link named as a segment',
    make: body(link),
    why: /: it is not a regular file; delete it/
  },
  { what: 'a segment of another format', make: body(text('x'.repeat(1000))), why: noRecord },
  { what: 'a segment with less than an entry', make: body(halfSegment), why: noRecord },
  { what: 'a segment of another sender', make: body(foreignSegment), why: noRecord },
  {
    what: 'a segment whose name has another number than its first record',
    make: body(segment, '-0000000000000011.seg'),
    why: noRecord
  },
  {
    what: 'a segment whose number is 0',
    make: body(segment, '-0000000000000000.seg'),
    why: noNumber
  },
  {
    what: 'a segment whose number is above 2^53',
    make: body(segment, '-9999999999999999.seg'),
    why: noNumber
  }
]

/** Names that no spool uses, for files that must stay without a report. */
export const oddNames = ['a', 'a.hello', 'a.seg', '00AA.hello', '00000000000000aa-1.seg', '.hello']

/** Makes a leftover in the folder. @returns the path that must be reported */
export function plantLeftover({ make }: Leftover, dir: string, hexId = '00000000000000aa'): string {
  return make(join(dir, hexId), fromHexId(hexId))
}

/** The files of a folder, with their content where they have any. */
export function listContents(dir: string): [name: string, content: string][] {
  return readdirSync(dir)
    .toSorted()
    .map(name => {
      const path = join(dir, name)
      return [name, lstatSync(path).isFile() ? readFileSync(path, 'latin1') : 'no file']
    })
}
