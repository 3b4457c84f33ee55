import type { Request, Response, Router } from 'express'
import { findMatterById } from '../../matters/list-matters'
import { createVault } from '../../vault/vault'
import { languageOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { routeTable } from '../../web/routes'
import {
  approveEmailChange,
  declineEmailChange,
  listEmailChanges,
  openEmailChange,
  showEmailChange,
  type Decided,
} from './decide-email-change'
import { parseStart, typedStart, type StartValues } from './parse-start'
import { findStarting, requestByStaff } from './request-by-staff'
import { declineReasons } from './staff-codes'
import { changeLine, changePage, startChoices } from './staff-words'

interface StartExtras {
  status?: number
  values?: Partial<StartValues>
  errors?: Record<string, string>
  suggested?: string | null
  expired?: boolean
}

interface PageExtras {
  status?: number
  opened?: { new?: string; note?: string }
  values?: { decision?: string; reason?: string }
  errors?: Record<string, string>
  notice?: string
}

/** For claimants who lost their mailbox: one of the staff starts a change of address, another one approves it. */
export function staffEmailChangeRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits }, config.keys)
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const
  const form = { ...staff, csrf: 'flag' } as const

  routes.get('/claims/:id/email-change', staff, async (req, res) => {
    await showStart(req, res)
  })

  routes.post('/claims/:id/email-change', form, async (req, res) => {
    const body = req.body as Record<string, unknown>
    if (req.csrfFailed) {
      return showStart(req, res, { status: 403, values: typedStart(body), expired: true })
    }
    const parsed = parseStart(body, textsOf(res), limits)
    if (!parsed.ok) return showStart(req, res, { status: 422, ...parsed })
    const id = await requestByStaff({ ...deps, vault }, req.user!, req.params.id, parsed.value)
    if (id === null) return showStart(req, res, { status: 409, values: typedStart(body) })
    res.redirect(303, `/email-changes/${id}`)
  })

  routes.get('/email-changes', staff, async (req, res) => {
    const { after } = req.query
    const query = {
      after: typeof after === 'string' ? after : undefined,
      approved: req.query['approved'] !== undefined,
    }
    const listed = await listEmailChanges(db, req.user!, query, limits.pageSize)
    const { next } = listed
    const reader = readerOf(res)
    const matters = await Promise.all(
      listed.changes.map(({ matter_id: matterId }) => findMatterById(db, matterId)),
    )
    res.render('moderation/email-changes', {
      rows: listed.changes.map((one, at) => changeLine(one, matters[at] ?? null, reader)),
      alone: !listed.second,
      pages: {
        ...(query.after && { prev: '/email-changes' }),
        ...(next && {
          next: `/email-changes?after=${next.after}${next.approved ? '&approved' : ''}`,
        }),
      },
      hours: limits.emailChangeHoldHours,
    })
  })

  routes.get('/email-changes/:id', staff, async (req, res) => {
    await showPage(req, res)
  })

  // Pages that answer a form have its address: asked for again, or in the other language, they are the change.
  for (const action of ['open', 'decision'] as const) {
    routes.get(`/email-changes/:id/${action}`, staff, (req, res) => {
      res.redirect(303, `/email-changes/${encodeURIComponent(req.params.id)}`)
    })
  }

  // Answers with the page itself: what it shows is kept nowhere, and asking again is another opening.
  routes.post('/email-changes/:id/open', form, async (req, res) => {
    if (req.csrfFailed) return showPage(req, res, { status: 403, notice: 'moderation:expired' })
    const { change } = await showEmailChange(db, req.user!, req.params.id)
    const over = change.applied_at !== null || change.stopped_at !== null
    if (over || change.requested_by === req.user!.id) return showPage(req, res, { status: 409 })
    await showPage(req, res, { opened: await openEmailChange({ db, vault }, req.user!, change) })
  })

  routes.post('/email-changes/:id/decision', form, async (req, res) => {
    const t = textsOf(res)
    const { decision, reason: code } = req.body as Record<string, unknown>
    const values = { decision: textOf(decision), reason: textOf(code) }
    if (req.csrfFailed) {
      return showPage(req, res, { status: 403, values, notice: 'moderation:expired' })
    }
    const reason = declineReasons.find((one) => one === code)
    const missing = decision === 'decline' && !reason ? 'reason' : 'decision'
    if (decision !== 'approve' && !reason) {
      const errors = { [missing]: t(`email:staff.page.missing.${missing}`) }
      return showPage(req, res, { status: 422, values, errors })
    }
    const outcome =
      decision === 'approve'
        ? await approveEmailChange(deps, req.user!, req.params.id)
        : await declineEmailChange(deps, req.user!, req.params.id, reason!)
    if (outcome === 'decided') return res.redirect(303, `/email-changes/${req.params.id}`)
    await showPage(req, res, {
      status: statusOf[outcome],
      values,
      notice: `email:staff.page.${outcome}`,
    })
  })

  return routes.router

  function readerOf(res: Response) {
    return { t: textsOf(res), lang: languageOf(res), now: clock.now() }
  }

  async function showStart(
    req: Request<{ id: string }>,
    res: Response,
    { status = 200, values = {}, errors = {}, suggested = null, expired = false }: StartExtras = {},
  ): Promise<void> {
    const starting = await findStarting(deps, req.user!, req.params.id)
    const { claim, allowed, checked, openId, second } = starting
    res.status(status).render('moderation/email-change-start', {
      href: `/claims/${claim.id}`,
      number: claim.number,
      state: claim.state,
      allowed,
      checked,
      second,
      open: openId && `/email-changes/${openId}`,
      choices: startChoices(textsOf(res)),
      values,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      suggested,
      expired,
      hours: limits.emailChangeHoldHours,
      minutes: limits.emailChangeIdentityMinutes,
      noteChars: limits.emailChangeNoteChars,
    })
  }

  async function showPage(
    req: Request<{ id: string }>,
    res: Response,
    { status = 200, opened, values = {}, errors = {}, notice }: PageExtras = {},
  ): Promise<void> {
    const shown = await showEmailChange(db, req.user!, req.params.id)
    const matter = await findMatterById(db, shown.change.matter_id)
    res.status(status).render('moderation/email-change', {
      change: changePage(shown, req.user!.id, matter, readerOf(res)),
      matter: matter?.content.title[languageOf(res)] ?? '',
      opened: opened ?? null,
      values,
      fieldErrors: errors,
      errors: Object.entries(errors).map(([id, message]) => ({ id, message })),
      notice: notice ? textsOf(res)(notice) : null,
    })
  }
}

const statusOf: Record<Exclude<Decided, 'decided'>, number> = { late: 409, unread: 422, self: 403 }

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
