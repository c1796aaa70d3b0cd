import { test } from 'tap'
import { showError, toField } from '../../../lib/collector/format/fields.ts'
import { readMembers, type Members } from '../../../lib/record/members.ts'

const fields: [member: string, field: string][] = [
  ['"a":1', 'a=1'],
  ['"a":1.50', 'a=1.50'],
  ['"a":12345678901234567890', 'a=12345678901234567890'],
  ['"a":"größe/9"', 'a=größe/9'],
  ['"a":""', 'a=""'],
  ['"a":"b c"', 'a="b c"'],
  ['"a":"b=c"', 'a="b=c"'],
  [String.raw`"a":"b\"c"`, String.raw`a="b\"c"`],
  [String.raw`"a":"b\\c"`, String.raw`a="b\\c"`],
  [String.raw`"a":"b\u0000c"`, String.raw`a="b\u0000c"`],
  ['"a":{"b": [1]}', 'a={"b": [1]}'],
  ['"a b":null', '"a b"=null'],
  ['"a=":true', '"a="=true'],
  [String.raw`"a\n":true`, String.raw`"a\n"=true`]
]

for (const [member, field] of fields) {
  test(`the member ${member} is the field ${field}`, async t => {
    t.equal(toField(readMembers(`{${member}}`) as Members, 0), ` ${field}`)
  })
}

test('no member is no field', async t => {
  t.equal(toField(readMembers('{"a":1}') as Members, -1), '')
})

const stack = String.raw`TypeError: gone\n    at a.js:1`
const errors: [what: string, error: string, fields: string][] = [
  ['what the stack says', '"type":"TypeError","message":"gone"', ''],
  ['another message than its stack', '"message":"later"', ' err.message=later'],
  ['another type than its stack', '"type":"Gone"', ' err.type=Gone'],
  ['a code', '"code":"ECONNREFUSED","port":80', ' err.code=ECONNREFUSED err.port=80'],
  [
    'further errors',
    '"aggregateErrors":[{"stack":"Error: a"}],"cause":{"code":1}',
    ' err.aggregateErrors=[{"stack":"Error: a"}] err.cause={"code":1}'
  ],
  ['a message that is no text', '"message":5', ' err.message=5'],
  ['an odd key', '"a b":1', ' "err.a b"=1']
]

for (const [what, members, shown] of errors) {
  test(`an error with ${what}`, async t => {
    const record = readMembers(`{"err":{"stack":"${stack}",${members}}}`) as Members
    t.strictSame(showError(record, 0), {
      stack: 'TypeError: gone\n    at a.js:1',
      fields: shown
    })
  })
}

for (const error of ['"no"', '5', 'null', '{}', '[]', '{"stack":""}', '{"stack":5}']) {
  test(`${error} has no stack`, async t => {
    t.equal(showError(readMembers(`{"err":${error}}`) as Members, 0), undefined)
  })
}
