import fc from 'fast-check'
import { claimForm, type Answers } from '../../server/matters/form-schema'
import { describeAnswer, typedValues } from '../../server/matters/forms/describe-answer'
import {
  allQuestions,
  missingAnswers,
  parseStep,
  parseWholeForm,
  questionWithRole,
  rulingOut,
  visibleQuestions,
} from '../../server/matters/forms/parse-form'
import { typedSteps } from '../support/filing'
import { testForm } from '../support/test-matters'

const form = testForm()
const options = { lang: 'ko', now: new Date('2026-11-24T03:00:00Z') } as const
const typed: Record<string, unknown> = {
  ...typedSteps['eligibility'],
  ...typedSteps['about-you'],
  ...typedSteps['what-happened'],
}
const residentNumber = '850304-1234567'

function parsed(body: Record<string, unknown>): Answers {
  const result = parseWholeForm(form, body, options)
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.answers
}

function refused(body: Record<string, unknown>, lang: 'ko' | 'en' = 'ko') {
  const result = parseWholeForm(form, { ...typed, ...body }, { ...options, lang })
  if (result.ok) throw new Error('nothing was refused')
  return result
}

test('answers come out normalised', () => {
  expect(parsed(typed)).toEqual({
    member: 'yes',
    full_name: '김 민준',
    email: 'minjun.kim@example.com',
    phone: '+821012345678',
    born: '1985-03-04',
    home: {
      country: 'KR',
      postcode: '05510',
      line1: '서울특별시 송파구 송파대로 570',
      line2: '101동 1203호',
    },
    harm: ['spam', 'money'],
    loss: { currency: 'KRW', minorUnits: 35_000 },
    story: '전화를 받았습니다.',
  })
})

test('an American address has fields of its own where a form takes both countries', () => {
  const answers = parsed({
    ...typed,
    home_country: 'US',
    home_us_line1: '12 Maple Street',
    home_us_city: 'Queens',
    home_us_state: 'new york',
    home_us_postcode: '11101',
  })
  expect(answers['home']).toEqual({
    country: 'US',
    postcode: '11101',
    line1: '12 Maple Street',
    city: 'Queens',
    state: 'NY',
  })
  const { errors } = refused({ home_country: 'US', home_us_line1: '' })
  expect(Object.keys(errors).sort()).toEqual([
    'home_us_city',
    'home_us_line1',
    'home_us_postcode',
    'home_us_state',
  ])
  expect(Object.keys(refused({ home_country: 'FR' }).errors)).toEqual(['home_country'])
})

test('a refused field says why in the reader’s language and the rest of the text is kept', () => {
  const bad = { full_name: '김민준😀', email: 'kim@', phone: '12', born: '2030-1-1', loss: '많이' }
  const korean = refused(bad)
  const english = refused(bad, 'en')
  expect(Object.keys(korean.errors).sort()).toEqual(Object.keys(bad).sort())
  for (const name of Object.keys(bad)) {
    expect(korean.errors[name]?.sentence).toMatch(/[가-힣]/)
    expect(english.errors[name]?.sentence).not.toMatch(/[가-힣]|\{\{/)
  }
  expect(korean.errors['full_name']?.sentence).toContain('😀')
  expect(korean.answers).toMatchObject({
    ...bad,
    home_line2: '101동 1203호',
    harm: ['spam', 'money'],
  })
})

test.each([
  ['full_name', `김민준 ${residentNumber}`],
  ['email', `${residentNumber}@example.com`],
  ['phone', residentNumber],
  ['born', residentNumber],
  ['home_line1', `송파대로 570 ${residentNumber}`],
  ['home_line2', '８５０３０４－１２３４５６７'],
  ['home_us_line1', residentNumber],
  ['story', `제 번호는 ${residentNumber}입니다`],
  ['harm', ['money', residentNumber]],
])('a resident number in %s is explained and comes back nowhere', (name, text) => {
  const result = refused({ [name]: text })
  expect(result.errors[name]?.sentence).toContain('주민등록번호')
  expect(JSON.stringify(result)).not.toMatch(/1234567|１２３４５６７/)
  expect(result.answers).not.toHaveProperty(name)
})

test('in a question that is not asked it is not given back either', () => {
  const result = refused({ harm: ['nothing'], loss: residentNumber, email: 'kim@' })
  expect(Object.keys(result.errors)).toEqual(['email'])
  expect(result.answers).not.toHaveProperty('loss')
})

test('what is not asked is dropped, and what is unknown never looked at', () => {
  const answers = parsed({
    ...typed,
    harm: 'nothing',
    loss: 'not even a number',
    admin: 'true',
    __proto__: { story: 'inherited' },
  })
  expect(answers['harm']).toEqual(['nothing'])
  expect(answers).not.toHaveProperty('loss')
  expect(answers).not.toHaveProperty('admin')
  expect(Object.keys(answers)).not.toContain('__proto__')
})

test('an inherited field is not an answer', () => {
  const { story, ...rest } = typed
  expect(story).toBeDefined()
  expect(parsed(Object.assign(Object.create({ story: 'inherited' }), rest))).not.toHaveProperty(
    'story',
  )
})

test('conditions look at earlier steps, never at an older answer of the same step', () => {
  const both = { ko: '무엇', en: 'What' }
  const twoSteps = claimForm.parse({
    version: 1,
    steps: [
      { id: 'eligibility', title: both, questions: [{ id: 'had', type: 'yes_no', label: both }] },
      {
        id: 'about_you',
        title: both,
        questions: [
          { id: 'name', type: 'name', role: 'name', label: both },
          { id: 'email', type: 'email', role: 'email', label: both },
          { id: 'more', type: 'yes_no', label: both, when: { question: 'had', is: ['yes'] } },
          { id: 'detail', type: 'text', label: both, when: { question: 'more', is: ['yes'] } },
        ],
      },
    ],
  })
  const body = { name: '김민준', email: 'kim@example.com', more: 'yes', detail: '네' }
  const post = (earlier: Answers, changed = {}) =>
    parseStep(twoSteps, 'about_you', { ...body, ...changed }, { ...options, earlier })
  expect(post({ had: 'yes' })).toMatchObject({ ok: true, answers: { detail: '네' } })
  expect(post({ had: 'yes', more: 'yes' }, { more: 'no' })).toEqual({
    ok: true,
    answers: { name: '김민준', email: 'kim@example.com', more: 'no' },
  })
  // Hidden behind a hidden question.
  expect(post({ had: 'no', more: 'yes' })).toEqual({
    ok: true,
    answers: { name: '김민준', email: 'kim@example.com' },
  })
  const ids = (answers: Answers) =>
    visibleQuestions(twoSteps, 'about_you', answers).map((q) => q.id)
  expect(ids({ had: 'no', more: 'yes' })).toEqual(['name', 'email'])
  expect(ids({ had: 'yes', more: 'yes' })).toEqual(['name', 'email', 'more', 'detail'])
})

test('what is missing is named with its step', () => {
  const { born, home, ...answers } = parsed(typed)
  expect([born, home]).not.toContain(undefined)
  expect(missingAnswers(form, answers).map(({ step, question }) => [step, question.id])).toEqual([
    ['about_you', 'born'],
    ['about_you', 'home'],
  ])
  expect(
    missingAnswers(form, { ...answers, harm: ['spam'] }).map((one) => one.question.id),
  ).not.toContain('loss')
})

test('an answer can rule a person out; silence does not', () => {
  expect(rulingOut(form, {})).toEqual([])
  expect(rulingOut(form, { member: 'yes' })).toEqual([])
  expect(rulingOut(form, { member: 'no' }).map((one) => one.id)).toEqual(['member'])
})

test('every field has a limit', () => {
  const long = 'ㅎ'.repeat(100_000)
  const { errors, answers } = refused({ story: long, full_name: '김'.repeat(81), home_line1: long })
  expect(errors['story']?.sentence).toContain('2000')
  expect(errors).toHaveProperty('full_name')
  expect(errors).toHaveProperty('home_line1')
  expect(JSON.stringify(answers).length).toBeLessThan(50_000)
  const many = Array.from({ length: 10_000 }, (_, i) => `o${i}`)
  expect((refused({ harm: many }).answers['harm'] as string[]).length).toBeLessThanOrEqual(100)
})

test('the choice "none of these" stands alone, and only offered choices count', () => {
  expect(refused({ harm: ['nothing', 'spam'] }).errors).toHaveProperty('harm')
  expect(refused({ harm: ['spam', 'other'] }).errors).toHaveProperty('harm')
  expect(refused({ member: 'maybe' }).errors).toHaveProperty('member')
  expect(refused({ harm: [] }).errors).toHaveProperty('harm')
})

test('too young on the day before the birthday, in the zone of the matter', () => {
  const at = (now: string, timeZone: string) =>
    parseWholeForm(
      form,
      { ...typed, born: '2012-11-25' },
      { lang: 'ko', now: new Date(now), timeZone },
    ).ok
  expect(at('2026-11-24T15:30:00Z', 'Asia/Seoul')).toBe(true)
  expect(at('2026-11-24T15:30:00Z', 'America/New_York')).toBe(false)
})

test('roles point at the questions that the system reads', () => {
  expect(questionWithRole(form, 'email')?.id).toBe('email')
  expect(questionWithRole(form, 'romanised_name')).toBeUndefined()
})

test('answers in words', () => {
  const answers = parsed(typed)
  const words = (lang: 'ko' | 'en') =>
    allQuestions(form).map((question) => describeAnswer(question, answers[question.id], lang))
  expect(words('ko')).toEqual([
    '예',
    '김 민준',
    'minjun.kim@example.com',
    '010-1234-5678',
    '1985년 3월 4일',
    '(05510) 서울특별시 송파구 송파대로 570, 101동 1203호',
    '스팸; 피싱; 금전 피해',
    '35,000원',
    '전화를 받았습니다.',
  ])
  expect(words('en')[0]).toBe('Yes')
  expect(describeAnswer(allQuestions(form)[0]!, undefined, 'ko')).toBe('')
})

test('answers typed again parse to the same answers, in both languages', () => {
  const phone = fc.integer({ min: 20_000_000, max: 99_999_999 }).map((n) => `010${n}`)
  const day = fc.date({
    min: new Date('1901-01-01T00:00:00Z'),
    max: new Date('2011-01-01T00:00:00Z'),
    noInvalidDate: true,
  })
  const body = fc.record({
    phone,
    born: day.map((date) => date.toISOString().slice(0, 10)),
    loss: fc.nat(1_000_000_000).map(String),
    story: fc.string({ unit: 'grapheme', maxLength: 300 }),
    home_line2: fc.string({ unit: 'grapheme', maxLength: 60 }),
  })
  fc.assert(
    fc.property(body, fc.constantFrom('ko' as const, 'en' as const), (changes, lang) => {
      const first = parseWholeForm(form, { ...typed, ...changes }, { ...options, lang })
      fc.pre(first.ok)
      const again = parseWholeForm(form, typedValues(form, first.answers), { ...options, lang })
      expect(again).toEqual(first)
    }),
  )
})

test('nothing that can be posted makes it throw', () => {
  const names = Object.keys(typed)
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.anything()), (body) => {
      const result = parseWholeForm(form, body, options)
      expect(typeof result.ok).toBe('boolean')
    }),
  )
})
