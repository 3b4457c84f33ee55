import { stampIn } from '../batches/claim-columns'
import type { Firm } from '../firms/list-firms'
import { readTexts, type Language, type Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { LogRow, OpeningOnList, OpeningRow } from './list-openings'

/** Acts of opening in words. What has no words yet is shown by its code rather than not at all. */

const zone = 'Asia/Seoul'

type Tree = { [key: string]: string | Tree }
const texts = readTexts() as Record<Language, Record<string, Tree>>
const keysAt = (namespace: string, key: string) =>
  new Set(Object.keys((texts.ko[namespace]?.[key] ?? {}) as Tree))
const purposes = keysAt('moderation', 'purpose')
const jobs = keysAt('oversight', 'job')

export function purposeText(t: Translate, purpose: string): string {
  return purposes.has(purpose) ? t(`moderation:purpose.${purpose}`) : purpose
}

export function jobText(t: Translate, job: string): string {
  return jobs.has(job) ? t(`oversight:job.${job}`) : job
}

export type FirmNames = Map<string, { ko: string; en: string }>

export function firmNames(firms: readonly Firm[]): FirmNames {
  return new Map(firms.map(({ id, content }) => [id, content.name]))
}

/** Who and as what: "정민호", "검토 담당자" or "자동 처리". */
export function whoOf(row: OpeningRow, firms: FirmNames, t: Translate, lang: Language) {
  const own = row.job === null
  const name = row.name ?? t('oversight:openings.byItself')
  const role = row.role && t(`accounts:role.${row.role}`)
  const firm = row.firm_id ? (firms.get(row.firm_id)?.[lang] ?? null) : null
  return {
    name,
    about: [role, firm, own ? null : jobText(t, row.job!)].filter(Boolean).join(' · '),
  }
}

/** A row of the list. */
export function openingWords(
  { opening, claim }: OpeningOnList,
  firms: FirmNames,
  t: Translate,
  lang: Language,
) {
  const count = t('oversight:openings.claims', { count: opening.claims })
  return {
    ...whoOf(opening, firms, t, lang),
    at: showMoment(opening.at, lang, zone),
    purpose: purposeText(t, opening.purpose),
    claims: claim ? claim.number : count,
    single: claim !== null,
    href: `/oversight/openings/${opening.entry_id}`,
  }
}

export const logColumns = [
  'at',
  'person',
  'role',
  'firm',
  'how',
  'purpose',
  'claim',
  'together',
  'entry',
] as const

/** A row of the file, as `logColumns` names its cells. */
export function logCells(
  { opening: row, claim }: LogRow,
  firms: FirmNames,
  t: Translate,
  lang: Language,
): string[] {
  const cells: Record<(typeof logColumns)[number], string> = {
    at: stampIn(zone, row.at),
    person: row.name ?? '',
    role: row.role ? t(`accounts:role.${row.role}`) : '',
    firm: row.firm_id ? (firms.get(row.firm_id)?.[lang] ?? row.firm_id) : '',
    how: row.job === null ? t('oversight:openings.ownAct') : jobText(t, row.job),
    purpose: purposeText(t, row.purpose),
    claim: claim.number,
    together: String(row.claims),
    entry: row.entry_id,
  }
  return logColumns.map((one) => cells[one])
}
