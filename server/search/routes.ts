import type { Request, Response, Router } from 'express'
import { dayIn } from '../matters/forms/date'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, severalLines } from '../matters/forms/text'
import { createSealer } from '../vault/sealer'
import { createVault } from '../vault/vault'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { askSearch, searchByNumber, searchReasons, type SearchReason } from './ask-search'
import { findSearch, readWhy } from './find-search'
import { looksLikeNumber, parseSearch } from './parse-search'
import { reasonWords, searchPath, searchWords } from './search-page'
import { parseClaimNumber } from '../claims/claim-number'

interface Typed {
  reason: string
  why: string
  what: string
}

const nothing: Typed = { reason: '', why: '', what: '' }
/** Longer than any name, address or number. */
const mostTyped = 320

/**
 * Finding the claim of somebody who telephones and does not know its number. For those who review claims and
 * those who run the portal: counsel know their clients by what was delivered to them.
 */
export function searchRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits }, config.keys)
  const sealer = createSealer(config.keys)
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const

  routes.get('/search', staff, (_req, res) => showForm(res, nothing))

  routes.post('/search', { ...staff, csrf: 'flag' }, async (req, res) => {
    const t = textsOf(res)
    const typed = typedIn(req)
    if (req.csrfFailed) {
      return showForm(res, typed, { status: 422, notice: t('moderation:expired') })
    }
    const today = dayIn('Asia/Seoul', clock.now())
    const parsed = parseSearch(typed.what, today)
    // The number on the receipt opens nothing, so it needs no reason.
    if (parseClaimNumber(typed.what) !== null || looksLikeNumber(typed.what)) {
      const found = await searchByNumber(deps, req.user!, typed.what)
      if (found === 'too_many') return showTooMany(res, typed)
      if (found.claimId !== null) return res.redirect(303, `/claims/${found.claimId}`)
      // Twelve digits can be the number of a telephone, too.
      if (!parsed.ok) {
        const errors = { what: t('moderation:queue.notFound') }
        return showForm(res, typed, { status: 422, errors })
      }
    }
    const reason = searchReasons.find((one) => one === typed.reason)
    const why = severalLines(typed.why)
    const errors = {
      ...(!reason && { reason: t('search:wrong.reason') }),
      ...whyError(why, t, limits.searchWhyChars),
      ...(!parsed.ok && {
        what:
          parsed.error === 'resident_number'
            ? t('matters:field.resident_number')
            : t(`search:wrong.${parsed.error}`),
      }),
    }
    if (!parsed.ok || !reason || Object.keys(errors).length > 0) {
      return showForm(res, typed, { status: 422, errors })
    }
    const asked = { looked: parsed.looked, reason: reason satisfies SearchReason, why }
    const id = await askSearch({ ...deps, sealer, vault }, req.user!, asked)
    if (id === null) return showTooMany(res, typed)
    res.redirect(303, searchPath(id))
  })

  routes.get('/search/:id', staff, async (req, res) => {
    await showSearch(req, res)
  })

  // What the waiting page asks when it can; what it hears tells no more than the page would.
  routes.get('/search/:id/ready', staff, async (req, res) => {
    const { state } = await findSearch(deps, req.user!, req.params.id)
    res.json({ done: state !== 'waiting' })
  })

  routes.get('/search/:id/reason', staff, (req, res) => {
    res.redirect(303, searchPath(encodeURIComponent(req.params.id)))
  })

  routes.post('/search/:id/reason', { who: ['administrator'] }, async (req, res) => {
    const why = await readWhy({ db, vault }, req.user!, req.params.id)
    await showSearch(req, res, why ?? textsOf(res)('search:whyGone'))
  })

  return routes.router

  async function showSearch(
    req: Request<{ id: string }>,
    res: Response,
    why: string | null = null,
  ): Promise<void> {
    const found = await findSearch(deps, req.user!, req.params.id)
    const search = searchWords(found, textsOf(res), languageOf(res))
    if (found.state === 'waiting' && found.own) {
      const waited = clock.now().getTime() - found.search.asked_at.getTime()
      const long = waited > limits.accessWaitMaxSeconds * 1000
      const refresh = long ? undefined : limits.accessWaitSeconds
      return res.render('search/waiting', { href: search.href, refresh, long })
    }
    res.status(found.state === 'refused' ? 429 : 200).render('search/found', {
      search,
      why,
      mayReadWhy: req.user!.role === 'administrator' && found.search.reason !== null,
      mostOpenings: limits.openings[req.user!.role],
      minutes: limits.searchShownMinutes,
    })
  }

  function showTooMany(res: Response, typed: Typed): void {
    const notice = textsOf(res)('search:tooMany', { count: limits.searchesPerHour })
    showForm(res, typed, { status: 429, notice })
  }

  function showForm(
    res: Response,
    typed: Typed,
    {
      status = 200,
      errors = {},
      notice = null,
    }: { status?: number; errors?: Record<string, string>; notice?: string | null } = {},
  ): void {
    // A resident registration number is neither kept nor shown again.
    const safe = (text: string) => (containsResidentNumber(text) ? '' : text)
    res.status(status).render('search/form', {
      values: { reason: typed.reason, why: safe(typed.why), what: safe(typed.what) },
      reasons: reasonWords(textsOf(res)),
      whyChars: limits.searchWhyChars,
      searches: limits.searchesPerHour,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      notice,
    })
  }
}

function whyError(why: string, t: ReturnType<typeof textsOf>, most: number): { why?: string } {
  if (containsResidentNumber(why)) return { why: t('matters:field.resident_number') }
  if (why === '') return { why: t('search:wrong.why') }
  return lengthOf(why) > most ? { why: t('messages:text.long', { count: most }) } : {}
}

function typedIn(req: Request): Typed {
  const body = req.body as Record<string, unknown>
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '')
  return { reason: text('reason'), why: text('why'), what: text('what').slice(0, mostTyped) }
}
