import type { Found } from './explain-issue'
import type { MatterFile } from './matter-file'

/**
 * What a matter can be loaded with and should not be shipped with. Sources: PIPA 17 and 28-8 for who
 * receives data and where, Civil Act 766 for the limitation of Korean suits.
 */
export function reviewMatter(matter: MatterFile): Found[] {
  const found: Found[] = []
  walkTexts(matter, [], (keys, { ko, en }) => {
    if (!/[가-힣]/.test(ko))
      found.push([[...keys, 'ko'], 'There is no Korean in the Korean words.'])
    if (/[가-힣]/.test(en)) found.push([[...keys, 'en'], 'There is Korean in the English words.'])
    for (const lang of ['ko', 'en'] as const) {
      if (asksResidentNumber(keys, { ko, en }[lang])) found.push([[...keys, lang], neverAsked])
    }
  })
  const overseas = matter.consents.some(({ kind, required }) => kind === 'overseas' && required)
  if (matter.jurisdiction === 'US' && !overseas) {
    found.push([
      ['consents'],
      'A case in the United States takes data out of Korea: it needs a required consent of the kind "overseas" (PIPA 28-8).',
    ])
  }
  found.push(...amountsOf(matter))
  const questions = matter.form.steps.flatMap(({ questions: some }) => some)
  if (matter.kind !== 'claim') {
    // Rule 23(c)(2)(B)(v) and (e)(5): who it is has to stand on what they sign.
    if (!questions.some(({ role, required }) => role === 'address' && required)) {
      found.push([['form', 'steps'], 'It needs the address of who signs it (role: address).'])
    }
    if (matter.documents.length === 0) {
      found.push([['documents'], 'It is a paper that is signed: put its words here.'])
    }
  }
  const korean = matter.jurisdiction === 'KR' && matter.regime === 'joinder'
  if (korean && !matter.deadlines.some(({ closesFiling }) => closesFiling)) {
    found.push([
      ['deadlines'],
      'A Korean joint suit has a limitation (Civil Act 766): give the date on which it is over, with the line "closesFiling: true".',
    ])
  }
  for (const [index, deadline] of matter.deadlines.entries()) {
    if (
      matter.jurisdiction === 'US' &&
      deadline.closesFiling &&
      !/court|order|settlement/i.test(deadline.source.en)
    ) {
      found.push([
        ['deadlines', index, 'source'],
        'A case in the United States shows a date only if a court has set one: name the order.',
      ])
    }
  }
  if (korean && !questions.some(({ role, required }) => role === 'birth_date' && required)) {
    found.push([
      ['form', 'steps'],
      'A list of plaintiffs (당사자목록) tells people of one name apart: ask for the date of birth (role: birth_date).',
    ])
  }
  return found
}

const neverAsked =
  'Never ask for a resident registration number: no consent allows it (PIPA 24-2). Take the question out, or ask for the date of birth.'

const residentNumber =
  /주민\s*(등록)?\s*번호|외국인\s*등록\s*번호|(resident|alien|foreigner)('s)? registration number/i

/** The name of a question or of an answer, and what a consent lists, ask for it by naming it; other words say that it is not taken. */
function asksResidentNumber(keys: PropertyKey[], text: string): boolean {
  const names =
    (keys.includes('questions') && keys.at(-1) === 'label') ||
    (keys[0] === 'consents' && keys.at(-1) === 'items')
  return names
    ? residentNumber.test(text)
    : /(주민|외국인)\s*(등록)?\s*번호[를도]?\s*(적어|입력|알려|써)/.test(text)
}

/** Retainer and success fee of the page stand in the agreement too: a copied file changes one of them. */
function amountsOf({ fees, documents }: MatterFile): Found[] {
  const found: Found[] = []
  for (const [index, { kind, text }] of documents.entries()) {
    if (kind !== 'fee_agreement') continue
    const amounts = fees.flatMap(({ ko }) =>
      [...ko.matchAll(/[\d,]*\d(?=원|%)/g)].map(([one]) => one),
    )
    const missing = amounts.filter((one) => !text.ko.includes(one) || !text.en.includes(one))
    if (missing.length === 0) continue
    found.push([
      ['documents', index],
      `The fees of this case say ${missing.join(' and ')}; the agreement does not, in one of the languages. They must say the same.`,
    ])
  }
  return found
}

/** Every text in both languages, with its place. */
export function walkTexts(
  data: unknown,
  keys: PropertyKey[],
  visit: (keys: PropertyKey[], texts: { ko: string; en: string }) => void,
): void {
  if (typeof data !== 'object' || data === null) return
  const texts = data as Record<string, unknown>
  if (typeof texts['ko'] === 'string' && typeof texts['en'] === 'string') {
    return visit(keys, { ko: texts['ko'], en: texts['en'] })
  }
  for (const [key, value] of Object.entries(texts)) {
    walkTexts(value, [...keys, Array.isArray(data) ? Number(key) : key], visit)
  }
}
