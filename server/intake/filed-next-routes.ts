import type { Request, Response, Router } from 'express'
import { Problem } from '../kernel/problem'
import { withEmailAnswer } from '../claims/person-of'
import { findClaimForm } from '../matters/list-matters'
import { allowsHousehold } from '../matters/tracks'
import type { AppDeps } from '../web/deps'
import { limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import type { OwnFiled } from './begin-elsewhere'
import { arriveFiled, filedPath, surroundings, type Filed, type Filing } from './filing-page'
import { goToTrack, postMember, showMember } from './next-filings'
import { showClosed } from './show-pages'

/** From the page after filing, in the browser that filed: other cases, and others of the household. */
export function filedNextRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const form = { who: 'anyone', csrf: 'flag' } as const
  const pressing = limitForms(deps, 'next filing')

  // The address of a form, when its page is loaded again.
  routes.get('/matters/:slug/filed/other/:other', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/matters/${encodeURIComponent(req.params.slug)}/filed`)
  })

  routes.post('/matters/:slug/filed/other/:other', form, pressing, async (req, res) => {
    const arrived = await arriveNext(req, res)
    if (!arrived) return
    const { filing, own } = arrived
    // Nothing was typed that could be lost: the page has a fresh token.
    if (req.csrfFailed) return res.redirect(303, filedPath(filing.matter))
    if (!(await goToTrack(deps, res, own, req.params.other))) throw new Problem('not_found')
  })

  routes.get('/matters/:slug/filed/member', { who: 'anyone', session: true }, async (req, res) => {
    const arrived = await arriveHousehold(req, res)
    if (arrived) showMember(res, arrived.own, pageOf(arrived.filing))
  })

  routes.post('/matters/:slug/filed/member', form, pressing, async (req, res) => {
    const arrived = await arriveHousehold(req, res)
    if (!arrived) return
    await postMember(deps, req as unknown as Request, res, arrived.own, pageOf(arrived.filing))
  })

  return routes.router

  function pageOf(filing: Filing) {
    const { caseBar } = surroundings(deps, filing)
    const back = filedPath(filing.matter)
    return { action: `${back}/member`, back, case: caseBar }
  }

  async function arriveHousehold(req: Request<{ slug: string }>, res: Response) {
    const arrived = await arriveNext(req, res)
    if (!arrived) return undefined
    const { filing } = arrived
    if (!allowsHousehold(filing.matter)) throw new Problem('not_found')
    if (filing.open) return arrived
    showClosed(deps, res, filing, req.method === 'GET' ? 200 : 409)
    return undefined
  }

  /** What was filed here, with its answers; without them, the page that says what is known of it. */
  async function arriveNext(
    req: Request<{ slug: string }>,
    res: Response,
  ): Promise<{ filing: Filing; own: OwnFiled } | undefined> {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return undefined
    const own = await ownFiledOf(deps, arrived)
    if (own) return { filing: arrived.filing, own }
    res.redirect(303, filedPath(arrived.filing.matter))
    return undefined
  }
}

/** What this browser filed, as far as the copy that stays for a day holds it. */
export async function ownFiledOf(
  { db }: Pick<AppDeps, 'db'>,
  { filing, filed }: { filing: Filing; filed: Filed },
): Promise<OwnFiled | undefined> {
  const { claimId, number, answers, formVersion, email, household } = filed.copy
  if (!answers || formVersion === undefined) return undefined
  const form = await findClaimForm(db, filing.matter.id, formVersion)
  if (!form) return undefined
  return {
    claimId,
    number,
    matter: filing.matter,
    form,
    // Corrected on this page since, perhaps.
    answers: withEmailAnswer(form, answers, email),
    household,
  }
}
