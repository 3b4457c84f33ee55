import type { Request, Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { findMatterById } from '../matters/list-matters'
import { createVault } from '../vault/vault'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { staffReasons } from './document'
import { destroyByStaff, findDocument, readOriginal, readView } from './staff-documents'
import { staffDocumentWords } from './staff-pages'
import { openStorage } from './storage/open-storage'

/** Whatever a browser makes of such bytes, it runs nothing of them and asks nobody for anything. */
const sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

type Asked = Request<{ id: string; document: string }>

/** Documents on the staff surface: pages of views, originals, destroying one. Counsel is not among those who may. */
export function evidenceStaffRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits: config.limits }, config.keys)
  const reading = { db, clock, vault, storage: openStorage(config) }
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const
  const base = '/claims/:id/documents/:document'

  routes.get(`${base}/view/:opening/:page`, staff, async (req, res) => {
    const { id: claimId, document: id, opening: openingId, page } = req.params
    const number = /^[1-9]\d{0,3}$/.test(page) ? Number(page) : 0
    const asked = { claimId, id, openingId, page: number }
    const { bytes, type } = await readView(reading, req.user!, asked)
    res.setHeader('Content-Security-Policy', sandbox)
    res.type(type === 'text' ? 'text/plain; charset=utf-8' : 'image/jpeg')
    res.send(bytes)
  })

  routes.post(`${base}/original`, staff, async (req, res) => {
    const { id: claimId, document: id } = req.params
    const { bytes, name } = await readOriginal(reading, req.user!, { claimId, id })
    res.setHeader('Content-Security-Policy', sandbox)
    res.attachment(name)
    // Never what it is: a browser would open some kinds in place.
    res.type('application/octet-stream')
    res.send(bytes)
  })

  // Asked for again, or in the other language, it is the claim.
  routes.get(`${base}/original`, staff, (req, res) => {
    res.redirect(303, `/claims/${encodeURIComponent(req.params.id)}`)
  })

  routes.get(`${base}/destroy`, staff, async (req, res) => {
    await showDestroy(req, res)
  })

  routes.post(`${base}/destroy`, { ...staff, csrf: 'flag' }, async (req, res) => {
    const { reason: typed } = req.body as Record<string, unknown>
    const reason = staffReasons.find((one) => one === typed)
    if (req.csrfFailed) return showDestroy(req, res, { expired: true, reason })
    if (!reason) {
      return showDestroy(req, res, { error: textsOf(res)('evidence:staff.destroyReasonMissing') })
    }
    const { id: claimId, document: id } = req.params
    const given = { reason, why: reasonOf(req) }
    const acted = await destroyByStaff(deps, req.user!, { claimId, id }, given)
    if (acted.outcome === 'held') {
      return showDestroy(req, res, { error: textsOf(res)('privacy:hold.inDocuments'), reason })
    }
    const done = `/claims/${claimId}#documents`
    await answerActed(deps, req, res, acted, { done, back: done })
  })

  return routes.router

  async function showDestroy(
    req: Asked,
    res: Response,
    given: { expired?: boolean; error?: string; reason?: string | undefined } = {},
  ): Promise<void> {
    const { expired = false, error, reason = '' } = given
    const t = textsOf(res)
    const lang = languageOf(res)
    const { id: claimId, document: id } = req.params
    const { claim, document } = await findDocument(db, req.user!, { claimId, id })
    const matter = await findMatterById(db, claim.matter_id)
    const timeZone = matter?.content.timeZone ?? 'Asia/Seoul'
    res.status(expired || error ? 422 : 200).render('evidence/destroy', {
      number: claim.number,
      back: `/claims/${claimId}#documents`,
      document: staffDocumentWords(document, claimId, null, { t, lang, timeZone }),
      reason,
      expired,
      error,
      errors: error ? [{ id: 'reason', message: error }] : [],
      reasons: staffReasons.map((value) => ({
        value,
        text: t(`evidence:staffReason.${value}`),
        hint: t(`mail:document-destroyed.reasons.${value}`),
      })),
    })
  }
}
