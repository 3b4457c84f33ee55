import type { Request, Response, Router } from 'express'
import { parseText } from '../messages/message-text'
import { createVault } from '../vault/vault'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { addNote, findNotable } from './add-note'
import { notePath } from './note-page'

/** What those who review claims note about one, for each other: written here, read where the claim is opened. */
export function noteRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { noteChars } = config.limits
  const vault = createVault({ db: deps.vaultDb ?? db, clock, limits: config.limits }, config.keys)
  const routes = routeTable()
  const staff = { who: ['moderator', 'administrator'] } as const

  routes.get('/claims/:id/notes', staff, async (req, res) => {
    await showForm(req, res)
  })

  routes.post('/claims/:id/notes', { ...staff, csrf: 'flag' }, async (req, res) => {
    const t = textsOf(res)
    const { text: raw } = req.body as Record<string, unknown>
    const text = typeof raw === 'string' ? raw : ''
    const parsed = parseText(text, noteChars)
    if (!parsed.ok) {
      const hidden = parsed.error === 'resident_number'
      const error = hidden
        ? t('matters:field.resident_number')
        : t(`messages:text.${parsed.error}`, { count: noteChars })
      return showForm(req, res, { text: hidden ? '' : text, error, status: 422 })
    }
    if (req.csrfFailed) {
      return showForm(req, res, { text, notice: t('moderation:expired'), status: 422 })
    }
    const claimId = req.params.id
    await addNote({ db, clock, vault }, req.user!, { claimId, text: parsed.text })
    res.redirect(303, `/claims/${claimId}#notes`)
  })

  return routes.router

  async function showForm(
    req: Request<{ id: string }>,
    res: Response,
    {
      text = '',
      error,
      notice = null,
      status = 200,
    }: { text?: string; error?: string; notice?: string | null; status?: number } = {},
  ): Promise<void> {
    const { claim, count } = await findNotable(db, req.user!, req.params.id)
    res.status(status).render('notes/form', {
      claim: { href: `/claims/${claim.id}`, number: claim.number },
      action: notePath(claim.id),
      count,
      text,
      error,
      errors: error ? [{ id: 'text', message: error }] : [],
      notice,
      chars: noteChars,
    })
  }
}
