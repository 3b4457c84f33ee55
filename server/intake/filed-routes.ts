import type { Response, Router } from 'express'
import { isWaiting } from '../authority/confirm-pack'
import { signedWords } from '../authority/show-documents'
import { showConfirming } from '../claims/confirming-page'
import { findClaimStatus, isCorrectable } from '../claims/correctable'
import { findConfirmation } from '../claims/find-confirmation'
import { giveCode } from '../claims/give-confirmation'
import { requestEmailCorrection } from '../claims/request-email-correction'
import { requestNewLink } from '../claims/request-new-link'
import { normaliseEmail } from '../matters/forms/email'
import { containsResidentNumber } from '../matters/forms/resident-number'
import type { TooOften } from '../claims/request-limits'
import type { Sealer } from '../vault/sealer'
import type { AppDeps } from '../web/deps'
import { addressOf, limit } from '../web/rate-limit'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import {
  arriveFiled,
  errorList,
  filedPath,
  surroundings,
  type Filed,
  type Filing,
} from './filing-page'
import { ownFiledOf } from './filed-next-routes'
import { rewriteFiledCopy } from './keep-draft'
import { nextCard } from './next-filings'

const hourMs = 60 * 60 * 1000

/** After filing, in the browser that filed: the number, where the mail went, and a way to mend a typo. */
export function filedRoutes(deps: AppDeps, sealer: Sealer): Router {
  const { rate } = deps.config.limits
  const routes = routeTable()
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limit(deps, {
    name: 'filed',
    by: addressOf,
    ...rate.verify,
    store: 'database',
  })

  routes.get('/matters/:slug/filed', { who: 'anyone', session: true }, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    const notice = ['sent', 'corrected'].find((one) => req.query[one] !== undefined)
    await showFiled(arrived, res, notice ? { notice } : {})
  })

  for (const path of ['/matters/:slug/filed/email', '/matters/:slug/filed/new-link'] as const) {
    routes.get(path, { who: 'anyone' }, (req, res) => {
      res.redirect(303, `/matters/${encodeURIComponent(req.params.slug)}/filed`)
    })
  }

  routes.post('/matters/:slug/filed/email', form, perAddress, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    const { filing, filed } = arrived
    const body = req.body as Record<string, unknown>
    const raw = typeof body['email'] === 'string' ? body['email'].slice(0, 500) : ''
    if (containsResidentNumber(raw)) {
      const errors = { email: filing.t('matters:field.resident_number') }
      return showFiled(arrived, res, { email: '', errors })
    }
    if (req.csrfFailed) return showFiled(arrived, res, { email: raw, expired: true })
    const email = normaliseEmail(raw)
    if (!email) {
      return showFiled(arrived, res, {
        email: raw,
        errors: { email: filing.t('matters:field.email') },
      })
    }
    const asked = await requestEmailCorrection(
      { ...deps, sealer },
      { claimId: filed.copy.claimId, email },
      (tx) => rewriteFiledCopy(tx, filed.secret, { ...filed.copy, email }),
    )
    if (asked.outcome === 'too_often') return showFiled(arrived, res, { refused: asked })
    res.redirect(303, `${filedPath(filing.matter)}?corrected`)
  })

  routes.post('/matters/:slug/filed/new-link', form, perAddress, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    if (req.csrfFailed) return showFiled(arrived, res, { expired: true })
    const { claimId } = arrived.filed.copy
    const asked = await requestNewLink(deps, { claimId })
    if (asked.outcome === 'too_often') return showFiled(arrived, res, { refused: asked })
    // Confirmed or expired meanwhile: then nothing is sent, and the page says what it is.
    const sent = asked.outcome === 'asked' ? '?sent' : ''
    res.redirect(303, `${filedPath(arrived.filing.matter)}${sent}`)
  })

  // The code, typed under what was signed: only here does it count for that too.
  routes.get('/matters/:slug/filed/code', { who: 'anyone', session: true }, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    const { filing, filed } = arrived
    const given = await findConfirmation(deps, req.query['sent'])
    if (given?.claim?.id !== filed.copy.claimId) return showCode(arrived, res, {})
    if (given.outcome === null) {
      return showConfirming(res, given, {
        again: `${filedPath(filing.matter)}/code?sent=${given.id}`,
        signed: true,
        case: surroundings(deps, filing).caseBar,
        refreshSeconds: deps.config.limits.accessWaitSeconds,
      })
    }
    const error = given.outcome === 'confirmed' ? undefined : filing.t('status:code.wrong')
    await showCode(arrived, res, error === undefined ? {} : { error })
  })

  routes.post('/matters/:slug/filed/code', form, perAddress, async (req, res) => {
    const arrived = await arriveFiled(deps, req, res)
    if (!arrived) return
    const { filing, filed } = arrived
    const raw = (req.body as Record<string, unknown>)['code']
    const code = typeof raw === 'string' ? raw.slice(0, 60) : ''
    if (req.csrfFailed) return showCode(arrived, res, { code, expired: true })
    const { number, pack } = filed.copy
    const typed = await giveCode({ ...deps, sealer }, number, code, pack?.id ?? null)
    if (!typed) {
      const error = filing.t(/\d/.test(code) ? 'status:code.wrong' : 'claims:code.codeMissing')
      return showCode(arrived, res, { code, error })
    }
    res.redirect(303, `${filedPath(filing.matter)}/code?sent=${typed.given}`)
  })

  return routes.router

  async function showCode(
    { filing, filed }: { filing: Filing; filed: Filed },
    res: Response,
    { code = '', error, expired = false }: { code?: string; error?: string; expired?: boolean },
  ): Promise<void> {
    const { pack, number } = filed.copy
    if (!pack || !(await isWaiting(deps.db, pack.id))) {
      return res.redirect(303, filedPath(filing.matter))
    }
    res.status(expired ? 403 : error ? 422 : 200).render('intake/filed-code', {
      ...surroundings(deps, filing),
      path: filedPath(filing.matter),
      number,
      signed: signedWords(pack.core, filing.lang),
      code,
      error,
      errors: error ? [{ id: 'code', message: error }] : [],
      expired,
    })
  }

  async function showFiled(
    { filing, filed }: { filing: Filing; filed: Filed },
    res: Response,
    given: {
      notice?: string
      email?: string
      errors?: Record<string, string>
      expired?: boolean
      refused?: TooOften
    },
  ): Promise<void> {
    const { lang, matter, now, t } = filing
    const { copy } = filed
    const claim = await findClaimStatus(deps.db, copy.claimId)
    const { errors = {}, expired = false, refused } = given
    const filedAt = new Date(copy.filedAt)
    const until = new Date(filedAt.getTime() + deps.config.limits.correctionHours * hourMs)
    const shown = (moment: Date) => showMoment(moment, lang, matter.content.timeZone)
    const correctable = claim !== undefined && isCorrectable(claim, now, deps.config.limits)
    const refusal = refused && [
      refused.again
        ? t('intake:filed.tooOften.mail', { count: refused.count, at: shown(refused.again) })
        : t('intake:filed.tooOften.correction', { count: refused.count }),
      ...(refused.again && correctable ? [t('intake:filed.tooOften.wrong')] : []),
    ]
    res.status(refused ? 429 : expired ? 403 : Object.keys(errors).length > 0 ? 422 : 200)
    const own = await ownFiledOf(deps, { filing, filed })
    const waits = copy.pack !== undefined && (await isWaiting(deps.db, copy.pack.id))
    res.render('intake/filed', {
      ...surroundings(deps, filing),
      number: copy.number,
      email: copy.email,
      filedAt: { iso: copy.filedAt, text: shown(filedAt) },
      until: shown(until),
      path: filedPath(matter),
      receipt: `${filedPath(matter)}/receipt`,
      next: own ? await nextCard(deps, matter, filedPath(matter), lang, t) : null,
      confirmed: claim !== undefined && !['unverified', 'expired'].includes(claim.state) && !waits,
      /** what was signed waits to be seen again, with the code or under the link */
      codePage: waits ? `${filedPath(matter)}/code` : null,
      lapsed: claim?.state === 'expired',
      correctable,
      bounced: claim?.mailBounced ?? false,
      refusal: refusal ?? null,
      typedEmail: given.email,
      error: errors['email'],
      errors: errorList(errors),
      expired,
      notice: given.notice,
      verificationHours: deps.config.limits.verificationHours,
      unverifiedDays: deps.config.limits.unverifiedDays,
    })
  }
}
