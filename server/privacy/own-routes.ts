import type { Request, Response, Router } from 'express'
import { openOwn, type OpenedOwn } from '../claims/access/open-own'
import { momentIn, ownClaimPath } from '../claims/access/own-pages'
import { askAndWait } from '../claims/changes/ask-and-wait'
import { allowsChange } from '../claims/changes/change-kinds'
import { openCopy } from '../vault/claimant-copies'
import { createSealer } from '../vault/sealer'
import { languageOf, speakOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { limitForms } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import type { DataCopy } from './data-content'
import { dataWords } from './data-page'
import { findErasure } from './list-erasures'

/** What people ask about their own data: a copy by a mailed link, and that it be erased. */
export function ownDataRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { limits } = config
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limitForms(deps, 'own data')
  const base = '/claims/mine/:number/data'

  routes.get(base, page, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (opened) await showData(res, opened)
  })

  // The addresses of its forms, asked for again.
  for (const action of ['copy', 'erasure']) {
    routes.get(`${base}/${action}`, { who: 'anyone' }, (req, res) => {
      res.redirect(303, `/claims/mine/${encodeURIComponent(req.params.number)}/data`)
    })
  }

  routes.post(`${base}/copy`, form, perAddress, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    if (req.csrfFailed) return showData(res, opened, { expired: true })
    await askAndWait(asking, res, opened, 'data_copy', {})
  })

  routes.post(`${base}/erasure`, form, perAddress, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    if (req.csrfFailed) return showData(res, opened, { expired: true })
    if ((req.body as Record<string, unknown>)['sure'] !== 'yes') {
      return showData(res, opened, { error: textsOf(res)('privacy:erasure.missing') })
    }
    await askAndWait(asking, res, opened, 'erasure', {})
  })

  // Programs that check mail open every link: what it leads to is shown only after a press.
  routes.get('/claims/copy/:token', page, async (req, res) => {
    await showCopyDoor(req, res)
  })

  routes.post('/claims/copy/:token', form, perAddress, async (req, res) => {
    if (req.csrfFailed) return showCopyDoor(req, res, true)
    const copy = await copyOf(req.params.token)
    if (!copy) return showCopyDoor(req, res)
    speakOf(res, copy.claim.filedAs ?? 'claim')
    res.render('privacy/copy', {
      copy: dataWords(copy, textsOf(res), languageOf(res)),
      file: `/claims/copy/${req.params.token}/file`,
    })
  })

  routes.get('/claims/copy/:token/file', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/claims/copy/${encodeURIComponent(req.params.token)}`)
  })

  routes.post('/claims/copy/:token/file', form, perAddress, async (req, res) => {
    if (req.csrfFailed) return showCopyDoor(req, res, true)
    const copy = await copyOf(req.params.token)
    if (!copy) return showCopyDoor(req, res)
    res.attachment(`joinder-${copy.claim.number}.json`)
    res.type('application/json').send(`${JSON.stringify(copy, null, 2)}\n`)
  })

  return routes.router

  async function copyOf(token: string): Promise<DataCopy | null> {
    return (await openCopy(db, 'data', token)) as DataCopy | null
  }

  async function showCopyDoor(
    req: Request<{ token: string }>,
    res: Response,
    expired = false,
  ): Promise<void> {
    const { token } = req.params
    const there = (await copyOf(token)) !== null
    res.status(!there ? 404 : expired ? 403 : 200).render('privacy/copy-door', {
      there,
      href: `/claims/copy/${encodeURIComponent(token)}`,
      days: limits.dataCopyDays,
      expired,
    })
  }

  async function showData(
    res: Response,
    { claim, matter }: OpenedOwn,
    given: { error?: string; expired?: boolean } = {},
  ): Promise<void> {
    const { error, expired = false } = given
    const lang = languageOf(res)
    const { live } = claim
    const asked = await findErasure(db, live.id)
    const at = (moment: Date) => momentIn(matter, moment, lang)
    res.status(expired ? 403 : error ? 422 : 200).render('privacy/own-data', {
      number: live.number,
      href: ownClaimPath(live.number),
      mayCopy: allowsChange(live.state, 'data_copy'),
      mayErase: allowsChange(live.state, 'erasure') && (!asked || asked.answer === 'refused'),
      asked: asked && {
        at: at(asked.asked_at),
        due: at(asked.due_at),
        answeredAt: asked.answered_at && at(asked.answered_at),
        answer: asked.answer,
        reason: asked.reason,
      },
      email: claim.copy.email,
      days: limits.dataCopyDays,
      error,
      errors: error ? [{ id: 'sure', message: error }] : [],
      expired,
    })
  }
}
