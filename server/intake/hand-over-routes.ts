import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { findMatter } from '../matters/list-matters'
import { draftId } from '../vault/drafts'
import type { Sealer } from '../vault/sealer'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { clearDraftCookie } from './draft-cookie'
import { arrive, errorList, filePath, nextPath, surroundings, type Filing } from './filing-page'
import { answerWithRole, firstUnfinished, handOver } from './filing-steps'
import { findHandOver, handOverDraft } from './hand-over'
import { leaveEarly } from './show-pages'

/** Where the form of a member of the household leaves this browser for a mailbox of their own. */
export function handOverRoutes(deps: AppDeps, sealer: Sealer): Router {
  const { config } = deps
  const { rate } = config.limits
  const routes = routeTable()
  const path = '/matters/:slug/file/hand-over'
  // Each one becomes a mail to whatever address is typed, like a link to continue elsewhere, and counts as one.
  const counted = { store: 'database', by: addressOf } as const
  const perAddress = limit(deps, { name: 'continuation', ...rate.continuation, ...counted })
  const perDraft = limit(deps, {
    name: 'continuation of a draft',
    ...rate.continuationMail,
    ...counted,
  })
  const perMailbox = limit(deps, {
    name: 'continuation to a mailbox',
    ...rate.continuationMail,
    ...counted,
  })

  routes.get(path, { who: 'anyone', session: true }, async (req, res) => {
    const handing = await arriveHanding(req, res, 200)
    if (handing) show(res, handing)
  })

  routes.post(path, { who: 'anyone', csrf: 'flag' }, perAddress, async (req, res) => {
    const handing = await arriveHanding(req, res, 409)
    if (!handing) return
    const { filing, secret, email } = handing
    if (req.csrfFailed) return show(res, handing, { expired: true })
    await perDraft.consume(draftId(secret).toString('hex'))
    await perMailbox.consume(email.toLowerCase())
    const { matter, lang } = filing
    const request = await handOverDraft({ ...deps, sealer }, matter, {
      secret,
      email,
      language: lang,
    })
    if (request === undefined) throw new Problem('conflict')
    clearDraftCookie(res, config, matter.slug)
    res.redirect(303, `${filePath(matter)}/handed-over?mail=${request}`)
  })

  // Holds nothing of the form any more, so it says only what became of the mail.
  routes.get(
    '/matters/:slug/file/handed-over',
    { who: 'anyone', session: true },
    async (req, res) => {
      const filing = await arrive(deps, req, res)
      const { mail } = req.query
      const outcome = await findHandOver(deps.db, mail)
      if (outcome === undefined || typeof mail !== 'string')
        return res.redirect(303, filePath(filing.matter))
      res.render('intake/handed-over', {
        ...surroundings(deps, filing),
        outcome,
        ready: `${filePath(filing.matter)}/handed-over/ready?mail=${mail}`,
        refresh: outcome === 'waiting' ? config.limits.accessWaitSeconds : undefined,
      })
    },
  )

  // What that page asks when it can.
  routes.get('/matters/:slug/file/handed-over/ready', { who: 'anyone' }, async (req, res) => {
    if (!(await findMatter(deps.db, req.params.slug))) throw new Problem('not_found')
    res.json({ done: (await findHandOver(deps.db, req.query['mail'])) !== 'waiting' })
  })

  return routes.router

  async function arriveHanding(
    req: Request<{ slug: string }>,
    res: Response,
    closedStatus: number,
  ): Promise<{ filing: Filing; secret: string; email: string } | undefined> {
    const filing = await arrive(deps, req, res)
    if (leaveEarly(deps, res, filing, closedStatus)) return undefined
    const { matter, draft, found } = filing
    const email = answerWithRole(matter, draft, 'email')
    if (found.kind !== 'draft' || firstUnfinished(matter, draft) !== handOver || !email) {
      res.redirect(303, nextPath(filing))
      return undefined
    }
    return { filing, secret: found.secret, email }
  }

  function show(
    res: Response,
    { filing, email }: { filing: Filing; email: string },
    { expired = false } = {},
  ): void {
    const { matter, draft } = filing
    res.status(expired ? 403 : 200).render('intake/hand-over', {
      ...surroundings(deps, filing),
      name: answerWithRole(matter, draft, 'name') ?? '',
      email,
      back: filePath(matter, 'about-you'),
      errors: errorList({}),
      expired,
    })
  }
}
