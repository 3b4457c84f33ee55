import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { askNotice, findNoticeAnswer, takesNotices, type FoundAnswer } from '../notices/ask-notice'
import { findDemoNotices } from '../notices/demo-notices'
import { normaliseNoticeId, normaliseNoticePin } from '../notices/notice-shape'
import type { Sealer } from '../vault/sealer'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { setDraftCookie, readDraftCookie } from './draft-cookie'
import { fillFromNotice, fillingWords, type RightAnswer } from './fill-from-notice'
import {
  arrive,
  errorList,
  filedPath,
  filePath,
  nextPath,
  noticePath,
  surroundings,
  type Filing,
} from './filing-page'
import { saveDraft } from './keep-draft'
import { leaveEarly } from './show-pages'

interface Shown {
  id: string
  pin?: string
  errors?: Record<string, string>
  expired?: boolean
  status?: number
}

/**
 * The notice that was mailed to a member: its ID and PIN are typed, the worker says whether they are right,
 * and what the notice says of the person is put into the draft once they press the button for it. Nobody
 * has to: whoever has no notice begins without one.
 */
export function noticeRoutes(deps: AppDeps, sealer: Sealer): Router {
  const { config } = deps
  const { rate, accessWaitSeconds, accessWaitMaxSeconds } = config.limits
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limit(deps, {
    name: 'notice',
    by: addressOf,
    ...rate.notice,
    store: 'database',
  })

  routes.get('/matters/:slug/notice', page, async (req, res) => {
    const filing = await arriveNotice(req, res, 200)
    if (!filing) return
    const { matter, draft, t } = filing
    const check = draft.notice?.check
    if (req.query['again'] !== undefined) return showForm(res, filing, { id: '' })
    if (draft.notice?.proven && !check) return showRight(res, filing, null)
    if (!check) return showForm(res, filing, { id: '' })
    const found = await findNoticeAnswer(deps, matter, check)
    switch (found.outcome) {
      case 'waiting':
        return showWaiting(res, filing, found.since)
      case 'right':
        return showRight(res, filing, found)
      case 'gone':
        return showForm(res, filing, { id: check.typed })
      case 'wrong':
      case 'braked':
        return showForm(res, filing, {
          id: check.typed,
          errors: { notice_id: t(`notices:${found.outcome}`) },
          status: 200,
        })
    }
  })

  // What the waiting page asks when it can.
  routes.get('/matters/:slug/notice/ready', { who: 'anyone' }, async (req, res) => {
    const filing = await arrive(deps, req, res)
    const found = await answerTo(filing)
    res.json({ done: found?.outcome !== 'waiting' })
  })

  routes.post('/matters/:slug/notice', form, async (req, res) => {
    const filing = await arriveNotice(req, res, 409)
    if (!filing) return
    const { matter, lang, t } = filing
    const [typedId, typedPin] = [textOf(req, 'notice_id'), textOf(req, 'pin')]
    // Never shown again, not even to whoever typed it.
    if (containsResidentNumber(typedId) || containsResidentNumber(typedPin)) {
      const errors = { notice_id: t('matters:field.resident_number') }
      return showForm(res, filing, { id: '', errors })
    }
    const typed = { id: typedId, pin: typedPin }
    if (req.csrfFailed) return showForm(res, filing, { ...typed, expired: true })
    const [id, pin] = [normaliseNoticeId(typedId), normaliseNoticePin(typedPin)]
    if (id === null || pin === null) {
      const wrong = (text: string) => (text.trim() === '' ? 'missing' : 'shape')
      const errors = {
        ...(id === null && { notice_id: t(`notices:field.id_${wrong(typedId)}`) }),
        ...(pin === null && { pin: t(`notices:field.pin_${wrong(typedPin)}`) }),
      }
      return showForm(res, filing, { ...typed, errors })
    }
    await perAddress.consume(addressOf(req as Request))
    const check = await askNotice({ ...deps, sealer }, matter, { id, pin })
    const secret = readDraftCookie(req as Request, config)
    const saved = await saveDraft(deps, matter, secret, lang, (draft) => ({
      ...draft,
      notice: { ...draft.notice, check: { ...check, typed: typedId.slice(0, 60) } },
    }))
    if (saved.kind === 'filed') return res.redirect(303, filedPath(matter))
    setDraftCookie(res, config, matter.slug, saved.secret)
    res.redirect(303, noticePath(matter))
  })

  routes.post('/matters/:slug/notice/use', form, async (req, res) => {
    const filing = await arriveNotice(req, res, 409)
    if (!filing) return
    const { matter, lang } = filing
    const found = await answerTo(filing)
    if (req.csrfFailed || found?.outcome !== 'right') return res.redirect(303, noticePath(matter))
    const secret = readDraftCookie(req as Request, config)
    const saved = await saveDraft(deps, matter, secret, lang, (draft) =>
      fillFromNotice(draft, matter.form, found),
    )
    if (saved.kind === 'filed') return res.redirect(303, filedPath(matter))
    setDraftCookie(res, config, matter.slug, saved.secret)
    res.redirect(303, nextPath({ matter, draft: saved.content }))
  })

  // The address of the form, when its page is loaded again.
  routes.get('/matters/:slug/notice/use', { who: 'anyone' }, (req, res) =>
    res.redirect(303, `/matters/${encodeURIComponent(req.params.slug)}/notice`),
  )

  return routes.router

  /** Nothing, and an answer, where nothing can be typed: no list, a closed matter, a claim that is filed. */
  async function arriveNotice(
    req: Request<{ slug: string }>,
    res: Response,
    closedStatus: number,
  ): Promise<Filing | undefined> {
    const filing = await arrive(deps, req, res)
    if (!(await takesNotices(deps.db, filing.matter))) throw new Problem('not_found')
    return leaveEarly(deps, res, filing, closedStatus) ? undefined : filing
  }

  async function answerTo({ matter, draft }: Filing): Promise<FoundAnswer | undefined> {
    const check = draft.notice?.check
    return check && findNoticeAnswer(deps, matter, check)
  }

  async function showForm(res: Response, filing: Filing, shown: Shown): Promise<void> {
    const { matter, lang } = filing
    const { id, pin = '', errors = {}, expired = false } = shown
    const wrong = Object.keys(errors).length > 0
    res.status(shown.status ?? (expired ? 403 : wrong ? 422 : 200)).render('notices/form', {
      ...surroundings(deps, filing),
      action: noticePath(matter),
      without: nextPath(filing),
      where: matter.content.notices!.where[lang],
      example: matter.content.notices!.example,
      values: { id, pin },
      fieldErrors: errors,
      errors: errorList(errors),
      expired,
      demo: config.demonstration ? await findDemoNotices(deps.db, matter.id) : [],
    })
  }

  function showRight(res: Response, filing: Filing, found: RightAnswer | null): void {
    const { matter, draft, lang } = filing
    res.render('notices/right', {
      ...surroundings(deps, filing),
      id: found?.id ?? draft.notice!.proven!.id,
      taken: found === null,
      rows: found ? fillingWords(matter.form, found, lang) : [],
      action: `${noticePath(matter)}/use`,
      again: `${noticePath(matter)}?again`,
      next: nextPath(filing),
    })
  }

  function showWaiting(res: Response, filing: Filing, since: Date): void {
    const long = filing.now.getTime() - since.getTime() > accessWaitMaxSeconds * 1000
    res.render('notices/waiting', {
      ...surroundings(deps, filing),
      refresh: long ? undefined : accessWaitSeconds,
      long,
      here: noticePath(filing.matter),
      without: filePath(filing.matter),
    })
  }
}

function textOf(req: { body: unknown }, name: string): string {
  const value = (req.body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value.slice(0, 100) : ''
}
