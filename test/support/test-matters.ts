import type { Db } from '../../server/db/connections'
import { loadMatters } from '../../server/matters/load-matters'
import { claimForm, type ClaimForm } from '../../server/matters/form-schema'
import { matterFile, type MatterFile } from '../../server/matters/matter-file'
import type { MatterFiles } from '../../server/matters/read-matter-files'

const both = (ko: string, en: string) => ({ ko, en })
const some = both('시험', 'Test')

/** A small matter of every kind of question, for tests that file claims. */
export function testMatter(change: Record<string, unknown> = {}): MatterFile {
  return matterFile.parse({
    slug: 'test-breach',
    incident: 'test-incident',
    jurisdiction: 'KR',
    regime: 'joinder',
    firm: 'test-firm',
    state: 'open',
    language: 'ko',
    timeZone: 'Asia/Seoul',
    title: both('시험 유출 공동소송', 'Test breach joint suit'),
    summary: some,
    forum: some,
    affected: [some],
    eligibility: [some],
    remedies: [some],
    fees: [some],
    next: [some],
    facts: [{ text: some, asOf: '2026-01-05' }],
    evidence: [some],
    deadlines: [],
    consents: [
      consent('collection', true),
      consent('provision', true),
      consent('newsletter', false),
    ],
    signature: {
      version: 1,
      title: both('서명', 'Signature'),
      statement: both(
        '사실대로 적었습니다.\n소송을 맡깁니다.',
        'This is true.\nI authorise counsel.',
      ),
    },
    form: testForm(),
    ...change,
  })
}

function consent(kind: string, required: boolean) {
  return {
    id: kind,
    version: 1,
    kind,
    required,
    title: both(`동의 ${kind}`, `Consent ${kind}`),
    ...(kind === 'provision' ? { recipient: both('시험법무법인', 'Test Firm') } : {}),
    purpose: some,
    items: some,
    retention: some,
    refusal: some,
  }
}

export function testForm(version = 1): ClaimForm {
  return claimForm.parse({
    version,
    steps: [
      {
        id: 'eligibility',
        title: both('자격 확인', 'Eligibility'),
        questions: [
          {
            id: 'member',
            type: 'yes_no',
            label: both('통지를 받으셨나요?', 'Did you get a notice?'),
            eligibleIf: ['yes'],
            notEligible: both(
              '통지를 받은 분만 신청할 수 있습니다.',
              'Only people with a notice can file.',
            ),
          },
        ],
      },
      {
        id: 'about_you',
        title: both('신청인 정보', 'About you'),
        questions: [
          { id: 'full_name', type: 'name', role: 'name', label: both('성명', 'Full name') },
          { id: 'email', type: 'email', role: 'email', label: both('이메일', 'Email') },
          { id: 'phone', type: 'phone', role: 'phone', label: both('휴대전화', 'Phone') },
          {
            id: 'born',
            type: 'date',
            role: 'birth_date',
            max: 'today',
            minAge: 14,
            label: both('생년월일', 'Date of birth'),
          },
          {
            id: 'home',
            type: 'address',
            role: 'address',
            countries: ['KR', 'US'],
            label: both('주소', 'Address'),
          },
        ],
      },
      {
        id: 'what_happened',
        title: both('피해 내용', 'What happened'),
        questions: [
          {
            id: 'harm',
            type: 'choices',
            label: both('어떤 피해가 있었나요?', 'What happened to you?'),
            none: 'nothing',
            options: [
              { id: 'spam', label: both('스팸; 피싱', 'Spam; phishing') },
              { id: 'money', label: both('금전 피해', 'Loss of money') },
              { id: 'nothing', label: both('해당 없음', 'None of these') },
            ],
          },
          {
            id: 'loss',
            type: 'amount',
            currency: 'KRW',
            label: both('손해액', 'Loss'),
            when: { question: 'harm', is: ['money'] },
          },
          {
            id: 'story',
            type: 'long_text',
            required: false,
            label: both('있었던 일', 'What happened'),
          },
        ],
      },
    ],
  })
}

/** What the test matter may have people sign. */
export const testDocuments = [
  {
    id: 'power_of_attorney',
    version: 1,
    kind: 'power_of_attorney',
    language: 'ko',
    title: both('시험 위임장', 'Test power of attorney'),
    text: both(
      '# 당사자\n| 위임인 | {{name}}\n| 주소 | {{address}}\n# 특별수권사항\n- 소의 취하\n{{firm}}에 {{matter}}를 맡깁니다.\n| 작성일 | {{date}}',
      '# Parties\n| Principal | {{name}}\n| Address | {{address}}\n# Special powers\n- Withdrawal\nI entrust {{matter}} to {{firm}}.\n| Date | {{date}}',
    ),
  },
  {
    id: 'fee_agreement',
    version: 1,
    kind: 'fee_agreement',
    language: 'ko',
    title: both('시험 위임계약서', 'Test fee agreement'),
    text: both('| 위임인 | {{name}}\n보수는 없습니다.', '| Client | {{name}}\nThere is no fee.'),
  },
]

/** A matter in which people sign, beside the one in which they do not. */
export function signedMatter(change: Record<string, unknown> = {}): MatterFile {
  return testMatter({ slug: 'test-signed', documents: testDocuments, ...change })
}

export function testMatterFiles(matters: MatterFile[] = [testMatter()]): MatterFiles {
  return {
    incidents: [
      {
        slug: 'test-incident',
        order: 1,
        title: some,
        summary: some,
        facts: [{ text: some, asOf: '2026-01-05' }],
      },
    ],
    firms: [
      {
        slug: 'test-firm',
        name: both('시험법무법인', 'Test Firm'),
        jurisdiction: 'KR',
        city: some,
        invented: true,
        contactEmail: 'counsel@example.com',
      },
    ],
    matters,
  }
}

/** Loads test matters into a test database, beside the shipped ones. */
export async function loadTestMatters(migrator: Db, matters?: MatterFile[]): Promise<void> {
  await loadMatters(migrator, testMatterFiles(matters))
}
