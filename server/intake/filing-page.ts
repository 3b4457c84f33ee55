import type { Request, Response } from 'express'
import type { SealedHousehold } from '../households/household'
import { Problem } from '../kernel/problem'
import { filedAs } from '../matters/filed-as'
import { findMatter } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { languageOf, speakOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { emptyDraft, type DraftContent } from './draft-content'
import { readDraftCookie } from './draft-cookie'
import { deadlineMoment, filingDeadline, isFilingAhead, isFilingOpen } from '../matters/filing-open'
import { detour, firstUnfinished, formStep, stepNames, type StepName } from './filing-steps'
import { findDraft, type FoundDraft } from './keep-draft'

/** What every page of a filing starts from. */
export interface Filing {
  matter: Matter
  lang: Language
  t: Translate
  now: Date
  found: FoundDraft
  /** what was told so far; empty before the first step is saved */
  draft: DraftContent
  open: boolean
}

export type Filed = Extract<FoundDraft, { kind: 'filed' }>

/**
 * Reads what a request of the filing is about: two short queries besides the session.
 * @throws Problem not_found when there is no such matter
 */
export async function arrive(
  deps: AppDeps,
  req: Request<{ slug: string }>,
  res: Response,
): Promise<Filing> {
  const matter = await findMatter(deps.db, req.params.slug)
  if (!matter) throw new Problem('not_found')
  speakOf(res, filedAs(matter))
  const lang = languageOf(res)
  const found = await findDraft(deps, matter, readDraftCookie(req as Request, deps.config), lang)
  const now = deps.clock.now()
  return {
    matter,
    lang,
    t: textsOf(res),
    now,
    found,
    draft: found.kind === 'draft' ? found.content : emptyDraft(matter.form),
    open: isFilingOpen(matter, now),
  }
}

/** What this browser filed, or nothing and an answer that leads to where it is. */
export async function arriveFiled(
  deps: AppDeps,
  req: Request<{ slug: string }>,
  res: Response,
): Promise<{ filing: Filing; filed: Filed } | undefined> {
  const filing = await arrive(deps, req, res)
  if (filing.found.kind === 'filed') return { filing, filed: filing.found }
  res.redirect(303, filePath(filing.matter))
  return undefined
}

/** An address of a matter's filing; without a name its first page. */
export function filePath(matter: Matter, name?: StepName): string {
  return `/matters/${matter.slug}/file${name === undefined ? '' : `/${name}`}`
}

/** Where to go on: the first page that still needs something. */
export function nextPath({ matter, draft }: Pick<Filing, 'matter' | 'draft'>): string {
  const next = firstUnfinished(matter, draft)
  return filePath(matter, detour(matter, draft, next) ?? next)
}

/** Where a link is asked for that opens the draft in another browser; with a secret, that link. */
export function continuePath(matter: Matter, secret?: string): string {
  return `${filePath(matter)}/continue${secret === undefined ? '' : `/${secret}`}`
}

/** Where ID and PIN of a notice are typed. */
export function noticePath(matter: Matter): string {
  return `/matters/${matter.slug}/notice`
}

export function filedPath(matter: Matter): string {
  return `/matters/${matter.slug}/filed`
}

/** What all pages of a filing show around their content. */
export function surroundings(deps: AppDeps, { matter, lang, found, draft, t }: Filing) {
  const deadline = filingDeadline(matter)
  return {
    caseBar: {
      name: matter.content.title[lang],
      href: `/matters/${matter.slug}`,
      deadline: deadline && showMoment(deadlineMoment(deadline), lang, deadline.timeZone),
    },
    firm: matter.firm.content.name[lang],
    kind: matter.content.kind,
    /** what a request is worth that comes before a court has set a date */
    early: matter.content.early?.[lang] ?? null,
    ahead: isFilingAhead(matter),
    base: filePath(matter),
    continuation: continuePath(matter),
    forWhom: forWhom(draft, t),
    /** its key is in a mailbox too */
    linkMailed: draft.link !== undefined,
    saved:
      found.kind === 'draft'
        ? {
            iso: found.savedAt.toISOString(),
            text: showMoment(found.savedAt, lang, matter.content.timeZone),
          }
        : null,
    draftDays: deps.config.limits.draftDays,
    correctionHours: deps.config.limits.correctionHours,
  }
}

/** Whose form it is, where it is not that of whoever writes; null for one's own. */
function forWhom({ household }: DraftContent, t: Translate) {
  if (!household || household.role === 'self') return null
  // Whoever has it from their own mailbox reads of themselves.
  const read = household.how === 'link' && household.handOverTo === undefined
  const kind = read ? 'read' : household.role
  const values = {
    who: whoWords(household, t),
    heir: household.heir ?? '',
    number: household.filer,
  }
  return {
    title: t(`households:forWhom.${kind}.title`, values),
    lines: [t(`households:forWhom.${kind}.text`, values)],
  }
}

/** Of whom a form is, in the words of whoever fills it in: "my mother or father". */
export function whoWords({ role, relation }: SealedHousehold, t: Translate): string {
  const who = t(`households:relation.${relation ?? 'other'}`)
  return role === 'heir' ? `${who} ${t('households:late')}` : who
}

/** The step bar of a page. */
export function stepBar({ matter, lang, t }: Filing, name: StepName) {
  const names = stepNames(matter)
  return {
    steps: names.map((one) => formStep(matter, one)?.title[lang] ?? stepTitle(matter, one, t)),
    current: names.indexOf(name) + 1,
  }
}

/** What a page is called that is none of the form: papers by what they are, where they give nobody power. */
export function stepTitle({ content }: Matter, name: StepName, t: Translate): string {
  const kinds = content.documents.map(({ kind }) => kind)
  // Where papers are signed, one signature below them is for all of it.
  if (name === 'consents' && kinds.length > 0) return t('intake:consents.titleAlone')
  const context = kinds.includes('power_of_attorney') ? undefined : kinds[0]
  return t(`intake:steps.${name}`, context === undefined ? {} : { context })
}

/** Errors by field as the summary above the form lists them, in the order of the page. */
export function errorList(errors: Record<string, string>) {
  return Object.entries(errors).map(([id, message]) => ({ id, message }))
}
