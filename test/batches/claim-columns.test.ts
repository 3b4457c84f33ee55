import { claimColumns, stampIn } from '../../server/batches/claim-columns'
import { claimForm, type Trades } from '../../server/matters/form-schema'
import { testForm, testMatter } from '../support/test-matters'

test('a time says its offset, on both sides of a change of clocks', () => {
  expect(stampIn('Asia/Seoul', new Date('2026-03-12T15:05:09Z'))).toBe('2026-03-13 00:05:09 +09:00')
  expect(stampIn('UTC', new Date('2026-03-13T14:05:09Z'))).toBe('2026-03-13 14:05:09 +00:00')
  const before = new Date('2026-11-01T05:30:00Z')
  const after = new Date('2026-11-01T06:30:00Z')
  expect(stampIn('America/New_York', before)).toBe('2026-11-01 01:30:00 -04:00')
  expect(stampIn('America/New_York', after)).toBe('2026-11-01 01:30:00 -05:00')
})

test('a batch of several versions of a form has every question once, in the words of the newest', () => {
  const older = testForm(1)
  const newer = testForm(2)
  const steps = newer.steps as { questions: { id: string; label: unknown }[] }[]
  const last = steps.at(-1)!.questions
  last.push({
    id: 'added',
    type: 'yes_no',
    label: { ko: '새 질문', en: 'New question' },
  } as never)
  last.splice(
    last.findIndex((question) => question.id === 'loss'),
    1,
  )
  const forms = new Map([
    [1, testMatter({ form: older }).form],
    [2, testMatter({ form: newer }).form],
  ])
  const columns = claimColumns({ forms, consents: [], lang: 'ko', timeZone: 'Asia/Seoul' })
  const ids = columns.map((column) => column.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining(['answer.added', 'answer.loss', 'answer.story']))

  const row = (formVersion: number, answers: Record<string, unknown>) => ({
    row: 1,
    number: '7K2M-93QD-X4TB',
    state: 'accepted' as const,
    filedAt: new Date('2026-01-10T00:00:00Z'),
    verifiedAt: null,
    formVersion,
    version: 1,
    earlier: null,
    content: {
      answers: answers as never,
      consents: [{ id: 'gone', version: 3, given: true, at: '2026-01-10T00:00:00Z' }],
      signature: { text: '김민준', statementVersion: 1, at: '2026-01-10T00:00:00Z' },
      language: 'ko' as const,
      form: { matter: 'test-breach', version: formVersion },
    },
  })
  const cell = (id: string, claim: ReturnType<typeof row>) =>
    columns.find((column) => column.id === id)!.cell(claim)
  expect(cell('answer.added', row(1, { added: 'yes' }))).toBe('')
  expect(cell('answer.added', row(2, { added: 'yes' }))).toBe('예')
  expect(cell('consents_other', row(1, {}))).toBe('gone: 예 (v3)')
  expect(cell('verified_at', row(1, {}))).toBe('')
})

test('a row says whether the firm is authorised, and by which papers, only when they are complete', () => {
  const { form, consents } = testMatter()
  const columns = claimColumns({
    forms: new Map([[1, form]]),
    consents,
    lang: 'ko',
    timeZone: 'Asia/Seoul',
    signs: true,
  })
  const at = new Date('2026-01-10T00:00:00Z')
  const cells = (complete: boolean) => {
    const claim = {
      row: 1,
      number: '7K2M-93QD-X4TB',
      state: 'accepted' as const,
      filedAt: at,
      verifiedAt: at,
      formVersion: 1,
      authority: {
        complete,
        waiting: !complete,
        documents: 'power_of_attorney@1',
        signedAt: at,
        confirmedAt: at,
        confirmedHow: 'link' as const,
        documentSha256: 'ab'.repeat(32),
        guardianSha256: null,
      },
      version: 1,
      earlier: null,
      content: {
        answers: {},
        consents: [],
        signature: { text: '김민준', statementVersion: 1, at: at.toISOString() },
        language: 'ko' as const,
        form: { matter: 'test-breach', version: 1 },
      },
    }
    const own = columns.filter(({ id }) => id.startsWith('authority'))
    return Object.fromEntries(own.map(({ id, cell }) => [id, cell(claim)]))
  }
  expect(cells(true)).toEqual({
    authority: '위임받음 (서명 확인됨)',
    authority_documents: 'power_of_attorney@1',
    authority_signed_at: '2026-01-10 09:00:00 +09:00',
    authority_confirmed_at: '2026-01-10 09:00:00 +09:00',
    authority_sha256: 'ab'.repeat(32),
    authority_guardian_sha256: '',
  })
  expect(Object.values(cells(false))).toEqual(['위임받지 않음', '', '', '', '', ''])
})

test('trades are one cell of lines, and their totals plain figures in columns of their own', () => {
  const form = claimForm.parse({
    ...testForm(),
    steps: [
      ...testForm().steps.slice(0, 2),
      {
        id: 'what_happened',
        title: { ko: '거래', en: 'Trades' },
        questions: [
          {
            id: 'trades',
            type: 'trades',
            label: { ko: '거래', en: 'Trades' },
            from: '2025-04-14',
            to: '2025-11-30',
          },
        ],
      },
    ],
  })
  const columns = claimColumns({
    forms: new Map([[1, form]]),
    consents: [],
    lang: 'en',
    timeZone: 'UTC',
  }).filter(({ id }) => id.startsWith('answer.trades'))
  const trade = { shareMillionths: 1_500_500_000, priceTenThousandths: 201_550 }
  const trades: Trades = {
    shareMillionthsBefore: 0,
    rows: [
      { date: '2025-05-01', side: 'buy', ...trade, account: '1234' },
      { date: '2025-05-02', side: 'sell', ...trade },
    ],
  }
  const cells = (answers: Record<string, unknown>) =>
    Object.fromEntries(
      columns.map((column) => [
        column.id,
        column.cell({ formVersion: 1, content: { answers } } as never),
      ]),
    )
  expect(cells({ trades })).toEqual({
    'answer.trades': '2025-05-01 Buy 1,500.5 × $20.155 (1234)\n2025-05-02 Sell 1,500.5 × $20.155',
    'answer.trades.count': '2',
    'answer.trades.held_before': '0',
    'answer.trades.bought': '1500.5',
    'answer.trades.bought_usd': '30242.58',
    'answer.trades.sold': '1500.5',
    'answer.trades.sold_usd': '30242.58',
    'answer.trades.held': '0',
  })
  expect(Object.values(cells({}))).toEqual(columns.map(() => ''))
})

test('where families file, a row says of which household it is, and who inherits', () => {
  const { form } = testMatter()
  const forms = new Map([[1, form]])
  const of = { forms, consents: [], lang: 'ko', timeZone: 'Asia/Seoul' } as const
  const columns = claimColumns({ ...of, households: true })
  const claim = {
    row: 1,
    number: '7K2M-93QD-X4TB',
    state: 'accepted' as const,
    filedAt: new Date('2026-01-10T00:00:00Z'),
    verifiedAt: null,
    formVersion: 1,
    version: 1,
    earlier: null,
    household: 'H-AD8ED186',
    content: {
      answers: {},
      consents: [],
      signature: { text: '김민준', statementVersion: 1, at: '2026-01-10T00:00:00Z' },
      language: 'ko' as const,
      form: { matter: 'test-breach', version: 1 },
      household: {
        role: 'heir' as const,
        filer: 'X4TB-93QD-7K2M',
        how: 'device' as const,
        heir: '김민준',
      },
    },
  }
  const cells = ['household', 'household_role', 'heir'].map((id) =>
    columns.find((column) => column.id === id)!.cell(claim),
  )
  expect(cells).toEqual(['H-AD8ED186', '상속인의 신청', '김민준'])
  expect(claimColumns(of).some(({ id }) => id === 'household')).toBe(false)
})
