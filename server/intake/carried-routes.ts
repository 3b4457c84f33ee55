import type { Request, Response, Router } from 'express'
import { describeAnswer } from '../matters/forms/describe-answer'
import { allQuestions } from '../matters/forms/parse-form'
import { findMatter } from '../matters/list-matters'
import { besideEachOther, excludesEachOther, type Beside } from '../matters/tracks'
import type { AppDeps } from '../web/deps'
import { limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { carriedPath } from './begin-elsewhere'
import { clearCarriedCookie, readCarriedCookie, setDraftCookie } from './draft-cookie'
import {
  arrive,
  filedPath,
  filePath,
  nextPath,
  surroundings,
  whoWords,
  type Filing,
} from './filing-page'
import { findDraft, saveDraft, type FoundDraft } from './keep-draft'
import { leaveEarly, showClosed } from './show-pages'

type Draft = Extract<FoundDraft, { kind: 'draft' }>

interface Arrived {
  filing: Filing
  /** what was begun for this browser, and is not its draft yet */
  begun: Draft
  beside: Beside | null
}

/**
 * What another case, or another person of the household, begins with: shown before anything is gone on with, with
 * what is to be known of being in both. Its button makes it the draft of this browser.
 */
export function carriedRoutes(deps: AppDeps): Router {
  const { config } = deps
  const routes = routeTable()
  const pressing = limitForms(deps, 'carried')
  const path = '/matters/:slug/file/carried'

  routes.get(path, { who: 'anyone', session: true }, async (req, res) => {
    const arrived = await arriveCarried(req, res, 200)
    if (arrived) show(res, arrived)
  })

  routes.post(path, { who: 'anyone', csrf: 'flag' }, pressing, async (req, res) => {
    const arrived = await arriveCarried(req, res, 409)
    if (!arrived) return
    const { filing, begun, beside } = arrived
    const { matter, lang } = filing
    const body = req.body as Record<string, unknown>
    if (req.csrfFailed) return show(res, arrived, { expired: true })
    if (excludesEachOther(beside) && body['known'] !== 'yes') {
      return show(res, arrived, { error: filing.t('tracks:known.missing') })
    }
    // Begun here meanwhile, in another tab: it is named before it is replaced.
    if (filing.found.kind === 'draft' && body['instead'] !== 'yes') {
      return show(res, arrived, { pressed: true })
    }
    const kept = await saveDraft(deps, matter, begun.secret, lang, (content) => content)
    clearCarriedCookie(res, config, matter.slug)
    if (kept.kind === 'filed') return res.redirect(303, filePath(matter))
    setDraftCookie(res, config, matter.slug, kept.secret)
    res.redirect(303, nextPath({ matter, draft: kept.content }))
  })

  return routes.router

  /** What was begun; without it, an answer that leads to where the form begins. */
  async function arriveCarried(
    req: Request<{ slug: string }>,
    res: Response,
    closedStatus: number,
  ): Promise<Arrived | undefined> {
    const filing = await arrive(deps, req, res)
    const { matter, lang, found } = filing
    const secret = readCarriedCookie(req as Request, config)
    const begun = await findDraft(deps, matter, secret, lang)
    if (begun.kind !== 'draft' || !begun.content.carried) {
      if (found.kind === 'filed') res.redirect(303, filedPath(matter))
      else if (!leaveEarly(deps, res, filing, closedStatus)) res.redirect(303, filePath(matter))
      return undefined
    }
    if (!filing.open) {
      showClosed(deps, res, filing, closedStatus)
      return undefined
    }
    const from = await findMatter(deps.db, begun.content.carried.from)
    const other = from && from.id !== matter.id ? from : null
    return { filing, begun, beside: other && besideEachOther(other, matter) }
  }

  function show(
    res: Response,
    { filing, begun, beside }: Arrived,
    given: { expired?: boolean; error?: string; pressed?: boolean } = {},
  ): void {
    const { matter, lang, found, t } = filing
    const { carried, answers, household } = begun.content
    const taken = new Set(carried!.questions)
    const { expired = false, error, pressed = false } = given
    const elsewhere = carried!.from !== matter.slug
    const role = household && !elsewhere ? household.role : 'self'
    const values = { firm: matter.firm.content.name[lang], number: carried!.number }
    res.status(expired ? 403 : error ? 422 : pressed ? 409 : 200)
    res.render('intake/carried', {
      ...surroundings(deps, filing),
      action: carriedPath(matter),
      number: carried!.number,
      role,
      who: role === 'self' ? null : whoWords(household!, t),
      mailTo: household?.handOverTo ?? null,
      heir: household?.heir ?? null,
      beside: beside && {
        title: t(`tracks:beside.${beside}.title`, values),
        lines: [1, 2, 3]
          .map((line) => `tracks:beside.${beside}.line${line}`)
          .slice(0, besideLines[beside])
          .map((key) => t(key, values)),
        asks: excludesEachOther(beside),
      },
      list: {
        title: t('tracks:carried.list'),
        rows: allQuestions(matter.form)
          .filter(({ id }) => taken.has(id) && answers[id] !== undefined)
          .map((question) => ({
            key: question.label[lang],
            value: {
              lines: describeAnswer(question, answers[question.id], lang).split('\n'),
              user: true,
            },
          })),
      },
      /** what this browser holds of the case already, and that gives way */
      held:
        found.kind === 'draft'
          ? {
              kind: found.kind,
              href: nextPath(filing),
              saved: showMoment(found.savedAt, lang, matter.content.timeZone),
            }
          : found.kind === 'filed'
            ? { kind: found.kind, number: found.copy.number, href: filedPath(matter) }
            : null,
      error,
      errors: error ? [{ id: 'known', message: error }] : [],
      expired,
    })
  }
}

const besideLines: Record<Beside, number> = {
  same_proceeding: 2,
  same_kind: 2,
  suit_and_mediation: 3,
  two_countries: 3,
}
