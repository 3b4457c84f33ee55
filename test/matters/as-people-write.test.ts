import { claimForm, type Answers } from '../../server/matters/form-schema'
import { sameName } from '../../server/matters/forms/name'
import { parseStep } from '../../server/matters/forms/parse-form'
import { suggestEmail } from '../../server/matters/forms/email'

/** What people type on a phone, and what becomes of it: taken as it was meant, or refused with how to mend it. */
const label = { ko: '질문', en: 'Question' }
const form = claimForm.parse({
  version: 1,
  steps: [
    {
      id: 'about_you',
      title: label,
      questions: [
        { id: 'name', type: 'name', role: 'name', label },
        { id: 'email', type: 'email', role: 'email', label },
        { id: 'phone', type: 'phone', role: 'phone', label },
        { id: 'us_phone', type: 'phone', country: 'US', required: false, label },
        { id: 'born', type: 'date', role: 'birth_date', min: '1900-01-01', max: 'today', label },
        { id: 'home', type: 'address', countries: ['KR', 'US'], required: false, label },
      ],
    },
  ],
})
const rest = { name: '김민준', email: 'kim@naver.com', phone: '01012345678', born: '19850304' }

function read(lang: 'ko' | 'en', fields: Record<string, string>): Answers | string {
  const options = { lang, now: new Date('2026-11-28T03:00:00Z') }
  const parsed = parseStep(form, 'about_you', { ...rest, ...fields }, options)
  if (parsed.ok) return parsed.answers
  return Object.values(parsed.errors)
    .map(({ sentence }) => sentence)
    .join(' ')
}

test.each([
  ['name', '남궁 민', '남궁 민'],
  ['name', '이산', '이산'],
  ['name', 'Nguyen Thi-Minh Anh', 'Nguyen Thi-Minh Anh'],
  ['name', 'D‘Angelo', 'D’Angelo'],
  ['name', 'Jean–Luc Ｋｉｍ Jr.', 'Jean-Luc Kim Jr.'],
  ['phone', '82-10-1234-5678', '+821012345678'],
  ['phone', '+82 (0)10 1234 5678', '+821012345678'],
  ['phone', '010ㅡ1234ㅡ5678', '+821012345678'],
  ['phone', 'O1O~1234~5678', '+821012345678'],
  ['phone', '0082 10 1234 5678', '+821012345678'],
  ['phone', '02-312-3456', '+8223123456'],
  ['us_phone', '212.555.0123', '+12125550123'],
  ['born', '850304', '1985-03-04'],
  ['born', '85. 3. 4.', '1985-03-04'],
  ['born', '85년 3월 4일생', '1985-03-04'],
  ['born', '1985 3 4', '1985-03-04'],
  ['born', '270304', '1927-03-04'],
  ['born', '010304', '2001-03-04'],
  ['en born', '3/4/85', '1985-03-04'],
  ['en born', '03041985', '1985-03-04'],
  ['email', ' kim＠naver。com ', 'kim@naver.com'],
])('%s: %s is %s', (what, typed, meant) => {
  const [id, lang] = what.split(' ').reverse() as [string, 'en' | undefined]
  expect(read(lang ?? 'ko', { [id]: typed })).toMatchObject({ [id]: meant })
})

test.each([
  ['ko', 'phone', '010-1234-567', '예: 010-1234-5678'],
  ['ko', 'phone', '(212) 555-0123', '+와 국가번호부터'],
  ['en', 'us_phone', '010-1234-5678', 'with + and the country code'],
  // A hundred-year-old and a child of six.
  ['ko', 'born', '200304', '1920년인지 2020년인지'],
  ['en', 'born', '3/4/20', '1920 or 2020'],
  ['ko', 'born', '3/4/85', '연도 네 자리'],
  ['ko', 'born', '1985-02-30', '달력에 없는 날짜'],
  ['en', 'born', '13/4/1985', 'the month comes first'],
  ['en', 'born', '850304', 'four-digit year'],
  ['ko', 'email', 'kim@naver,com', 'kim@naver.com 주소인가요?'],
  ['ko', 'email', 'kim@gmial,com', 'kim@gmail.com 주소인가요?'],
  ['en', 'email', 'kim naver.com', 'Did you mean kim@naver.com?'],
  ['ko', 'email', 'kim@daum', 'kim@daum.net'],
  ['ko', 'email', 'kim@naver.채ㅡ', 'kim@naver.com'],
  ['ko', 'email', 'kim@naver.com, lee@naver.com', '예: hong@example.com'],
] as const)('%s %s: %s is refused with “%s”', (lang, id, typed, how) => {
  expect(read(lang, { [id]: typed })).toContain(how)
})

const korean = (postcode: string, line1: string) => ({
  home_country: 'KR',
  home_postcode: postcode,
  home_line1: line1,
})
const american = (state: string, postcode: string) => ({
  home_country: 'US',
  home_us_line1: 'PSC 1234 Box 567',
  home_us_city: 'APO',
  home_us_state: state,
  home_us_postcode: postcode,
})

test.each([
  [korean('', '역삼동 123-4'), { line1: '역삼동 123-4' }],
  [korean('０５５１０', '송파대로 570'), { postcode: '05510' }],
  [korean('', '(05510) 송파대로 570'), { postcode: '05510', line1: '송파대로 570' }],
  [american('AE', '09123'), { state: 'AE', postcode: '09123' }],
  [american('Washington, D.C.', '20001 1234'), { state: 'DC', postcode: '20001-1234' }],
  [american('N. Carolina', '27601'), { state: 'NC' }],
  [american('Calif.', '90001'), { state: 'CA' }],
])('an address %j', (typed, meant) => {
  expect(read('ko', typed)).toMatchObject({ home: meant })
})

test('an address that cannot be taken says how', () => {
  expect(read('ko', korean('135-080', '역삼동 123-4'))).toContain('예전 우편번호')
  expect(read('ko', korean('모름', '역삼동 123-4'))).toContain('비워 두세요')
  expect(read('en', american('Ontario', 'M5V 2T6'))).toMatch(/Enter the state.*ZIP code/)
})

test('a slip in a usual address is offered, and a name signs with whatever apostrophe the phone puts', () => {
  expect(suggestEmail('kim@hanmail.con')).toBe('kim@hanmail.net')
  expect(suggestEmail('kim@daum.com')).toBe('kim@daum.net')
  expect(suggestEmail('kim@yahoo.co.kr')).toBeUndefined()
  expect(sameName('O’Brien–Smith', "o'brien-smith")).toBe(true)
  expect(sameName('O’Brien', 'OBrien')).toBe(false)
})
