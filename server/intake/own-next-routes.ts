import type { Request, Response, Router } from 'express'
import { openOwn, type OpenedOwn } from '../claims/access/open-own'
import { ownClaimPath } from '../claims/access/own-pages'
import { askAndWait } from '../claims/changes/ask-and-wait'
import { allowsChange } from '../claims/changes/change-kinds'
import type { AnswersCopy } from '../claims/changes/show-answers'
import { householdOfClaim } from '../households/find-household'
import { Problem } from '../kernel/problem'
import { isFilingOpen } from '../matters/filing-open'
import { findClaimForm } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { allowsHousehold } from '../matters/tracks'
import { openCopies } from '../vault/claimant-copies'
import { createSealer } from '../vault/sealer'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import type { OwnFiled } from './begin-elsewhere'
import { goToTrack, nextCard, postMember, showMember } from './next-filings'

type Numbered = Request<{ number: string }>

interface Own {
  opened: OpenedOwn
  matter: Matter
  path: string
  /** with its answers; null until they were asked for, which is an opening on the record */
  filed: OwnFiled | null
}

/**
 * From the page of one's own claim: other cases of the incident, and others of the household. A button first brings
 * the answers to this browser, as it does for changing them.
 */
export function ownNextRoutes(deps: AppDeps): Router {
  const { db } = deps
  const routes = routeTable()
  const asking = { ...deps, sealer: createSealer(deps.config.keys) }
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const pressing = limitForms(deps, 'next filing')
  const base = '/claims/mine/:number/next'

  routes.get(base, page, async (req, res) => {
    const own = await arrive(req, res)
    if (own) await show(res, own)
  })

  // The addresses of forms, when their pages are loaded again.
  for (const path of [`${base}/show`, `${base}/other/:other`] as const) {
    routes.get(path, { who: 'anyone' }, (req, res) => {
      const { number } = req.params as { number: string }
      res.redirect(303, `/claims/mine/${encodeURIComponent(number)}/next`)
    })
  }

  routes.post(`${base}/show`, form, pressing, async (req, res) => {
    const own = await arrive(req, res)
    if (!own) return
    if (req.csrfFailed) return show(res, own, true)
    await askAndWait(asking, res, own.opened, 'carry', {})
  })

  routes.post(`${base}/other/:other`, form, pressing, async (req, res) => {
    const own = await arrive(req as unknown as Numbered, res)
    if (!own) return
    if (req.csrfFailed || !own.filed) return res.redirect(303, `${own.path}/next`)
    const found = await goToTrack(deps, res, own.filed, req.params.other)
    if (!found) throw new Problem('not_found')
  })

  routes.get(`${base}/member`, page, async (req, res) => {
    const own = await arriveHousehold(req, res)
    if (own) showMember(res, own.filed, pageOf(own, res))
  })

  routes.post(`${base}/member`, form, pressing, async (req, res) => {
    const own = await arriveHousehold(req, res)
    if (own) {
      await postMember(deps, req as unknown as Request, res, own.filed, pageOf(own, res))
    }
  })

  return routes.router

  async function arrive(req: Numbered, res: Response): Promise<Own | undefined> {
    const opened = await openOwn(deps, req, res)
    if (!opened) return undefined
    const { matter } = opened
    const { live } = opened.claim
    if (!matter) throw new Problem('not_found')
    const path = ownClaimPath(live.number)
    if (!allowsChange(live.state, 'carry')) {
      res.redirect(303, `${path}?closed=carry`)
      return undefined
    }
    const copies = (await openCopies(db, 'answers', opened.secret)) as Map<string, AnswersCopy>
    const answers = copies.get(live.id)
    const inForce = answers !== undefined && answers.version === live.version
    return {
      opened,
      matter,
      path,
      filed: inForce ? await filedOf(opened, matter, answers) : null,
    }
  }

  async function filedOf(
    { claim: { live } }: OpenedOwn,
    matter: Matter,
    { answers, formVersion, household: sealed }: AnswersCopy,
  ): Promise<OwnFiled> {
    const claimForm = await findClaimForm(db, matter.id, formVersion)
    if (!claimForm) throw new Error('a claim names a form that is not stored')
    const { isThere, ...known } = await householdOfClaim(db, live)
    return {
      claimId: live.id,
      number: live.number,
      matter,
      form: claimForm,
      answers,
      // Whoever is alone begins one only with somebody else.
      household: sealed
        ? { ...sealed, ...known, filer: sealed.filer }
        : isThere
          ? { ...known, role: 'self' }
          : undefined,
    }
  }

  async function arriveHousehold(req: Numbered, res: Response) {
    const own = await arrive(req, res)
    if (!own) return undefined
    const open = isFilingOpen(own.matter, deps.clock.now())
    if (!allowsHousehold(own.matter) || !open) throw new Problem('not_found')
    if (own.filed) return { ...own, filed: own.filed }
    res.redirect(303, `${own.path}/next`)
    return undefined
  }

  function pageOf({ path, matter }: Own, res: Response) {
    return { action: `${path}/next/member`, back: `${path}/next`, case: caseOf(matter, res) }
  }

  async function show(res: Response, own: Own, expired = false): Promise<void> {
    const { matter, path, filed, opened } = own
    const next = await nextCard(deps, matter, `${path}/next`, languageOf(res), textsOf(res))
    res.status(expired ? 403 : 200).render('intake/own-next', {
      number: opened.claim.live.number,
      back: path,
      case: caseOf(matter, res),
      action: `${path}/next/show`,
      ready: filed !== null,
      next,
      expired,
      errors: [],
    })
  }
}

function caseOf(matter: Matter, res: Response) {
  return { name: matter.content.title[languageOf(res)], href: `/matters/${matter.slug}` }
}
