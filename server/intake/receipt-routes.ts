import type { Router } from 'express'
import { receiptAnswers } from '../ledger/receipts/show-receipt'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { arriveFiled, filedPath } from './filing-page'

/** The receipt in the browser that filed, at once and without waiting for a mail. */
export function filedReceiptRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  const answers = receiptAnswers(deps)
  const who = { who: 'anyone' } as const

  routes.get('/matters/:slug/filed/receipt', who, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    const filed = filedPath(arrived.filing.matter)
    await answers.page(res, arrived.filed.copy.receipt, { files: filed, back: filed })
  })

  routes.get('/matters/:slug/filed/receipt.pdf', who, answers.paperLimit, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (arrived) await answers.pdf(res, arrived.filed.copy.receipt)
  })

  routes.get('/matters/:slug/filed/receipt.json', who, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (arrived) await answers.file(res, arrived.filed.copy.receipt)
  })

  return routes.router
}
