import type { Request, Response } from 'express'
import { ownClaimPath } from '../claims/access/own-pages'
import { allowsChange } from '../claims/changes/change-kinds'
import type { ClaimState } from '../claims/claim-state'
import { relations } from '../households/household'
import { questionWithRole } from '../matters/forms/parse-form'
import type { Matter } from '../matters/matter-file'
import { allowsHousehold, besideEachOther, otherTracks } from '../matters/tracks'
import { isFilingOpen } from '../matters/filing-open'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language, Translate } from '../web/languages'
import { beginHeir, beginMember, beginTrack, type OwnFiled } from './begin-elsewhere'
import { parseMember, typedMember, type TypedMember } from './member-page'

/** Who may still file after a claim, in words: the other cases of its incident, and the others of the household. */
export async function nextCard(
  deps: AppDeps,
  matter: Matter,
  path: string,
  lang: Language,
  t: Translate,
) {
  const now = deps.clock.now()
  const others = await otherTracks(deps.db, matter, now)
  return {
    tracks: others.map((other) => {
      const beside = besideEachOther(matter, other)
      return {
        action: `${path}/other/${other.slug}`,
        title: other.content.title[lang],
        kind: `${t(`matters:jurisdiction.${other.jurisdiction}`)} · ${t(`matters:regime.${other.regime}`)}`,
        summary: other.content.summary[lang],
        beside: beside && t(`tracks:beside.${beside}.short`),
      }
    }),
    member: allowsHousehold(matter) && isFilingOpen(matter, now) ? `${path}/member` : null,
  }
}

/** The same on the page of one's own claim: what there is, and where it begins. */
export async function ownNextCard(
  deps: AppDeps,
  live: { number: string; state: ClaimState },
  matter: Matter,
  t: Translate,
  lang: Language,
) {
  if (!allowsChange(live.state, 'carry')) return null
  const path = `${ownClaimPath(live.number)}/next`
  const { tracks, member } = await nextCard(deps, matter, path, lang, t)
  if (tracks.length === 0 && member === null) return null
  const titles = tracks.map(({ title }) => title)
  return { href: path, lines: [...titles, ...(member ? [t('households:next.button')] : [])] }
}

/** The other case that a form names, or nothing. */
export async function trackOf(deps: AppDeps, matter: Matter, slug: string) {
  const others = await otherTracks(deps.db, matter, deps.clock.now())
  return others.find((one) => one.slug === slug)
}

/** Begins the other case that was chosen. @returns false when there is no such case, or none that is open */
export async function goToTrack(
  deps: AppDeps,
  res: Response,
  own: OwnFiled,
  slug: string,
): Promise<boolean> {
  const other = await trackOf(deps, own.matter, slug)
  if (!other) return false
  await beginTrack(deps, res, own, other, languageOf(res))
  return true
}

export interface MemberPage {
  /** of the form, and where it leads back */
  action: string
  back: string
  case: object
}

/** The page that asks for whom a form is, before one begins. */
export function showMember(
  res: Response,
  own: OwnFiled,
  page: MemberPage,
  given: { typed?: TypedMember; errors?: Record<string, string>; expired?: boolean } = {},
): void {
  const { typed, errors = {}, expired = false } = given
  const t = textsOf(res)
  res.status(expired ? 403 : Object.keys(errors).length > 0 ? 422 : 200)
  res.render('intake/member', {
    ...page,
    number: own.number,
    email: answerOf(own, 'email') ?? '',
    typed: typed ?? { who: '', relation: '', mail: '', member_email: '', heir: nameOf(own) },
    children: questionWithRole(own.matter.form, 'guardian_email') !== undefined,
    relations: relations.map((value) => ({ value, text: t(`households:relation.${value}`) })),
    fieldErrors: errors,
    errors: ['who', 'relation', 'heir', 'mail', 'member_email'].flatMap((id) =>
      errors[id] === undefined ? [] : [{ id, message: errors[id] }],
    ),
    expired,
  })
}

/** Takes what that page sent, and begins the form. */
export async function postMember(
  deps: AppDeps,
  req: Request<never> | Request,
  res: Response,
  own: OwnFiled,
  page: MemberPage,
): Promise<void> {
  const t = textsOf(res)
  const body = req.body as Record<string, unknown>
  if (req.csrfFailed) return showMember(res, own, page, { expired: true, ...typedMember(body, t) })
  const parsed = parseMember(body, { t, own: answerOf(own, 'email') })
  if (!parsed.ok) return showMember(res, own, page, parsed)
  const lang = languageOf(res)
  if (parsed.heir) await beginHeir(deps, res, own, parsed.heir, lang)
  else await beginMember(deps, res, own, parsed.member!, lang)
}

/** Who files, as far as it is known: on one device it need not be the person whose claim it goes on from. */
function nameOf(own: OwnFiled): string {
  const { household } = own
  if (household?.role === 'member' && household.how === 'device') return ''
  return household?.heir ?? answerOf(own, 'name') ?? ''
}

function answerOf({ form, answers }: OwnFiled, role: 'name' | 'email'): string | undefined {
  const question = questionWithRole(form, role)
  const answer = question && answers[question.id]
  return typeof answer === 'string' ? answer : undefined
}
