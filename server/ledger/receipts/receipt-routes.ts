import type { Request, Response, Router } from 'express'
import { noteUnknownAfter } from '../../oversight/note-unknown'
import { openCopy } from '../../vault/claimant-copies'
import type { AppDeps } from '../../web/deps'
import { routeTable } from '../../web/routes'
import type { KeptReceipt } from './kept-receipt'
import { receiptAnswers } from './show-receipt'

/**
 * The receipt under the link that was mailed. Nothing here changes anything: programs that check mail open
 * every link.
 */
export function receiptRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const answers = receiptAnswers(deps)
  const who = { who: 'anyone' } as const

  routes.get('/receipts/:token', who, async (req, res) => {
    const { token } = req.params
    const kept = await find(req, res, token)
    if (kept) await answers.page(res, kept, { files: `/receipts/${token}` })
  })

  routes.get('/receipts/:token/receipt.pdf', who, answers.paperLimit, async (req, res) => {
    const kept = await find(req, res, req.params.token)
    if (kept) await answers.pdf(res, kept)
  })

  routes.get('/receipts/:token/receipt.json', who, async (req, res) => {
    const kept = await find(req, res, req.params.token)
    if (kept) await answers.file(res, kept)
  })

  return routes.router

  /** What this link opens, or an answer that says why it may open nothing. */
  async function find(
    req: Request,
    res: Response,
    token: string,
  ): Promise<KeptReceipt | undefined> {
    const kept = (await openCopy(deps.db, 'receipt', token)) as KeptReceipt | null
    if (kept) return kept
    const { unverifiedDays } = deps.config.limits
    res.status(404).render('receipts/unknown', { days: unverifiedDays })
    await noteUnknownAfter(deps, req)
    return undefined
  }
}
