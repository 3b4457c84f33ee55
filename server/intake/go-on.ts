import type { Request, Response } from 'express'
import type { AppDeps } from '../web/deps'
import { readDraftCookie, setDraftCookie } from './draft-cookie'
import { continuePath, filedPath, nextPath, type Filing } from './filing-page'
import { saveDraft } from './keep-draft'

/** Whether a step was sent by the button that asks to continue in another browser. */
export function goesElsewhere(body: unknown): boolean {
  return (body as Record<string, unknown>)['elsewhere'] !== undefined
}

/** Saves a change of the draft and leads to the page that comes next. */
export async function keepAndGoOn(
  deps: AppDeps,
  req: Request<{ slug: string }>,
  res: Response,
  filing: Filing,
  change: Parameters<typeof saveDraft>[4],
): Promise<void> {
  const { matter, lang } = filing
  const secret = readDraftCookie(req as Request, deps.config)
  const saved = await saveDraft(deps, matter, secret, lang, change)
  if (saved.kind === 'filed') return res.redirect(303, filedPath(matter))
  setDraftCookie(res, deps.config, matter.slug, saved.secret)
  const next = goesElsewhere(req.body)
    ? continuePath(matter)
    : nextPath({ matter, draft: saved.content })
  res.redirect(303, next)
}
