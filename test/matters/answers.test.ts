import { normalisePostcode, normaliseState, showAddress } from '../../server/matters/forms/address'
import { normaliseAmount, showAmount } from '../../server/matters/forms/amount'
import {
  groupDigits,
  maskAccount,
  normaliseAccount,
  normaliseRouting,
} from '../../server/matters/forms/bank-account'
import { ageOn, dayIn, normaliseDate } from '../../server/matters/forms/date'
import { normaliseEmail, suggestEmail } from '../../server/matters/forms/email'
import { isWholeName, unusableInName } from '../../server/matters/forms/name'
import { normalisePhone, showPhone } from '../../server/matters/forms/phone'
import { lengthOf, oneLine, severalLines } from '../../server/matters/forms/text'
import { showDay } from '../../server/web/show-moment'

describe('dates', () => {
  test.each([
    '1985-3-4',
    '1985.03.04',
    '1985. 3. 4.',
    '1985/03/04',
    '19850304',
    '1985년 3월 4일',
    '1985년3월4일',
    ' １９８５－０３－０４ ',
  ])('%s is 4 March 1985 in both languages', (text) => {
    expect(normaliseDate(text, 'ko')).toBe('1985-03-04')
    expect(normaliseDate(text, 'en')).toBe('1985-03-04')
  })

  test.each([
    '3/4/1985',
    '03/04/1985',
    'March 4, 1985',
    'Mar. 4 1985',
    '4 March 1985',
    '4th mar 1985',
  ])('%s is 4 March 1985 in English, and no guess in Korean', (text) => {
    expect(normaliseDate(text, 'en')).toBe('1985-03-04')
    expect(normaliseDate(text, 'ko')).toBeUndefined()
  })

  test.each([
    '85-3-4',
    '850304',
    '1985-02-30',
    '1985-13-01',
    '2025-2-29',
    '1985',
    '0085-01-01',
    'today',
    '',
  ])('%s is no date', (text) => {
    expect(normaliseDate(text, 'ko')).toBeUndefined()
    expect(normaliseDate(text, 'en')).toBeUndefined()
  })

  test('is shown as people write it, and today is the day of the zone', () => {
    expect(showDay('1985-03-04', 'ko')).toBe('1985년 3월 4일')
    expect(showDay('1985-03-04', 'en')).toBe('March 4, 1985')
    const moment = new Date('2026-11-24T15:30:00Z')
    expect(dayIn('Asia/Seoul', moment)).toBe('2026-11-25')
    expect(dayIn('America/New_York', moment)).toBe('2026-11-24')
  })

  test('age changes on the birthday', () => {
    expect(ageOn('2026-03-03', '2007-03-04')).toBe(18)
    expect(ageOn('2026-03-04', '2007-03-04')).toBe(19)
  })
})

describe('phones', () => {
  test.each([
    '010-1234-5678',
    '010 1234 5678',
    '01012345678',
    '０１０－１２３４－５６７８',
    '+82 10-1234-5678',
  ])('%s is a Korean mobile', (text) => {
    expect(normalisePhone(text, 'KR')).toBe('+821012345678')
  })

  test('landlines, American numbers, and numbers of elsewhere', () => {
    expect(normalisePhone('02-312-3456', 'KR')).toBe('+8223123456')
    expect(normalisePhone('(212) 555-0123', 'US')).toBe('+12125550123')
    expect(normalisePhone('+1 212 555 0123', 'KR')).toBe('+12125550123')
    expect(normalisePhone('+82 10 1234 5678', 'US')).toBe('+821012345678')
    expect(showPhone('+821012345678', 'KR')).toBe('010-1234-5678')
    expect(showPhone('+12125550123', 'US')).toBe('(212) 555-0123')
    expect(showPhone('+821012345678', 'US')).toBe('+82 10 1234 5678')
  })

  test.each(['010-123', '12345', '010-1234-5678 ext. 5', '전화 010-1234-5678', '', '+'])(
    '%s is no number',
    (text) => {
      expect(normalisePhone(text, 'KR')).toBeUndefined()
    },
  )
})

describe('e-mail', () => {
  test('the domain is lower case, the part before it stays', () => {
    expect(normaliseEmail('  Min.Jun+x@Example.COM ')).toBe('Min.Jun+x@example.com')
    expect(normaliseEmail('kim＠naver.com')).toBe('kim@naver.com')
    expect(normaliseEmail('kim@도메인.한국')).toBe('kim@xn--hq1bm8jm9l.xn--3e0b707e')
  })

  test.each([
    'kim',
    'kim@',
    '@naver.com',
    'kim@naver',
    'kim@@naver.com',
    'kim @naver.com',
    'kim..lee@naver.com',
    '.kim@naver.com',
    'kim@-naver.com',
    'kim@naver.com\nBcc: all@example.com',
    '"kim lee"@naver.com',
    '<kim@naver.com>',
    'kim@[127.0.0.1]',
    'kim@127.0.0.1',
    '김민준@naver.com',
    `${'a'.repeat(65)}@naver.com`,
    `kim@${'a.'.repeat(130)}com`,
  ])('%j gets no mail', (text) => {
    expect(normaliseEmail(text)).toBeUndefined()
  })

  test('a slip in a usual domain is noticed', () => {
    expect(suggestEmail('kim@gmial.com')).toBe('kim@gmail.com')
    expect(suggestEmail('kim@naver.co')).toBe('kim@naver.com')
    expect(suggestEmail('kim@navver.com')).toBe('kim@naver.com')
    expect(suggestEmail('kim@hanmail.net')).toBeUndefined()
    expect(suggestEmail('kim@example.com')).toBeUndefined()
  })
})

describe('amounts', () => {
  test.each([
    ['35000', 35_000],
    ['35,000', 35_000],
    ['35,000원', 35_000],
    ['₩ 35,000', 35_000],
    ['￦３５，０００', 35_000],
    ['3만5000', 35_000],
    ['12만 원', 120_000],
    ['0', 0],
  ])('%s won', (text, won) => {
    expect(normaliseAmount(text, 'KRW')).toBe(won)
  })

  test.each([
    ['1,234.5', 123_450],
    ['$1,234.56', 123_456],
    ['12', 1_200],
    ['0.05', 5],
  ])('%s dollars, in cents', (text, cents) => {
    expect(normaliseAmount(text, 'USD')).toBe(cents)
  })

  test.each(['35,00', '1,5', '-5', '1e3', '35.5', '0x10', '35 dollars', '', '9'.repeat(20)])(
    '%s is no amount of won',
    (text) => {
      expect(normaliseAmount(text, 'KRW')).toBeUndefined()
    },
  )

  test('is shown as each language writes it', () => {
    expect(showAmount({ currency: 'KRW', minorUnits: 1_234_000 }, 'ko')).toBe('1,234,000원')
    expect(showAmount({ currency: 'KRW', minorUnits: 1_234_000 }, 'en')).toBe('₩1,234,000')
    expect(showAmount({ currency: 'USD', minorUnits: 123_450 }, 'en')).toBe('$1,234.50')
  })
})

describe('names', () => {
  test.each([
    '김민준',
    '뷁',
    '金敏俊',
    '㐂',
    'Jean-Luc O’Neill, Jr.',
    'Zoë Łukasz',
    '남궁 민수',
    '김민준(金敏俊)',
  ])('%s can be printed', (name) => {
    expect(unusableInName(name, 'any')).toBeUndefined()
  })

  test.each([
    ['김민준😀', '😀'],
    ['김민ㅈ', 'ㅈ'],
    ['Kim<b>', '<'],
    ['김3', '3'],
    ['Иван', 'И'],
    ['김_민준', '_'],
  ])('%s cannot, because of %s', (name, character) => {
    expect(unusableInName(name, 'any')).toBe(character)
  })

  test('a romanised name is Latin only, and one letter is no name', () => {
    expect(unusableInName('Kim Min-jun', 'latin')).toBeUndefined()
    expect(unusableInName('Kim 민준', 'latin')).toBe('민')
    expect(isWholeName('김')).toBe(false)
    expect(isWholeName('...')).toBe(false)
    expect(isWholeName('이산')).toBe(true)
  })
})

test('addresses: postcodes, states, and one line of an envelope', () => {
  expect(normalisePostcode('０６２３６', 'KR')).toBe('06236')
  expect(normalisePostcode('135-080', 'KR')).toBeUndefined()
  expect(normalisePostcode('11101-1234', 'US')).toBe('11101-1234')
  expect(normalisePostcode('111011234', 'US')).toBe('11101-1234')
  expect(normaliseState('N.Y.')).toBe('NY')
  expect(normaliseState('new york')).toBe('NY')
  expect(normaliseState('XX')).toBeUndefined()
  const seoul = { country: 'KR', postcode: '05510', line1: '송파대로 570', line2: '101동' } as const
  expect(showAddress(seoul, 'ko')).toBe('(05510) 송파대로 570, 101동')
  const york = {
    country: 'US',
    postcode: '11101',
    line1: '12 Maple St',
    city: 'Queens',
    state: 'NY',
  } as const
  expect(showAddress(york, 'ko')).toBe('12 Maple St, Queens, NY 11101')
})

test('text is composed, and loses what cannot be seen', () => {
  expect(oneLine(' 김\u1106\u1175\u11ab\u200b준\t\u0000a\r\nb\u202e ')).toBe('김민준 a b')
  expect(severalLines('a\r\nb\rc\u0007\u2028d\n')).toBe('a\nb\nc\nd')
  expect(oneLine('김\u3164\u00ad민\u200e준 葛\u{e0100}👩\u200d👦\u{e0067}')).toBe(
    '김민준 葛\u{e0100}👩\u200d👦',
  )
  expect(lengthOf('뷁😀')).toBe(2)
})

describe('bank accounts', () => {
  test('a routing number has its check digit and a district that takes transfers', () => {
    for (const text of [
      '021000021',
      '0210 0002 1',
      '0210-0002-1',
      '０２１０００２１',
      '322271627',
    ]) {
      expect([text, normaliseRouting(text)]).toEqual([
        text,
        text.length === 8 ? undefined : text.replace(/[ -]/g, ''),
      ])
    }
    // Any one digit changed, and any two neighbours exchanged that are not alike or five apart.
    for (let at = 0; at < 9; at++) {
      const digits = '021000021'.split('')
      digits[at] = String((Number(digits[at]) + 1) % 10)
      expect(normaliseRouting(digits.join(''))).toBeUndefined()
    }
    expect(normaliseRouting('201000021')).toBeUndefined()
    for (const text of ['', '000000000', '500000021', 'abc', '0210000211', '021000021x']) {
      expect(normaliseRouting(text)).toBeUndefined()
    }
  })

  test('an account number keeps its zeros, in a spreadsheet too, and shows four digits at most', () => {
    expect(normaliseAccount('0001-2345 6789')).toBe('000123456789')
    for (const text of ['', '123', '0000', '1'.repeat(18), '12 a4', '4111.1111']) {
      expect(normaliseAccount(text)).toBeUndefined()
    }
    expect(groupDigits('000123456789')).toBe('0001 2345 6789')
    expect(groupDigits('021000021')).toBe('0210 0002 1')
    expect([maskAccount('000123456789'), maskAccount('12345')]).toEqual(['•••• 6789', '•••• 45'])
  })
})
