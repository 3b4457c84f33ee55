import type { Request, Response, Router } from 'express'
import { isId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { findClaimForm } from '../../matters/list-matters'
import { createSealer } from '../../vault/sealer'
import { languageOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { limitForms } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { openOwn, type OpenedOwn } from '../access/open-own'
import { ownClaimPath } from '../access/own-pages'
import { askAndWait } from '../changes/ask-and-wait'
import { allowsChange } from '../changes/change-kinds'
import { readAnswer, showAnswerForm, type AnswerTask } from './answer-page'
import { findNeed, isOpenNeed } from './find-needs'
import { needPages } from './need-kinds'

/** Giving what a claim lacks from the browser in which it is open, and whether its person is reminded. */
export function ownNeedRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const routes = routeTable()
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limitForms(deps, 'need')
  const path = '/claims/mine/:number/needs/:need'

  routes.get(path, { who: 'anyone', session: true }, async (req, res) => {
    const arrived = await arrive(req, res)
    if (arrived) showAnswerForm(res, arrived.task, null)
  })

  routes.post(path, form, perAddress, async (req, res) => {
    const arrived = await arrive(req, res)
    if (!arrived) return
    const { task, opened } = arrived
    const typed = readAnswer(req, task, { lang: languageOf(res), now: clock.now() })
    if (!typed.ok) return showAnswerForm(res, task, typed)
    const content = { need: task.need.id, answers: typed.answers }
    await askAndWait(asking, res, opened, 'answer_need', content)
  })

  routes.post('/claims/mine/:number/reminders', { who: 'anyone' }, perAddress, async (req, res) => {
    const opened = await openOwn(deps, req, res)
    if (!opened) return
    const { on } = req.body as Record<string, unknown>
    await askAndWait(asking, res, opened, 'reminders', { on: on === 'yes' })
  })

  return routes.router

  /** The question, when it can still be answered here; otherwise the claim's page says how it stands. */
  async function arrive(
    req: Request<{ number: string; need: string }>,
    res: Response,
  ): Promise<{ opened: OpenedOwn; task: AnswerTask } | undefined> {
    const opened = await openOwn(deps, req, res)
    if (!opened) return undefined
    const { matter } = opened
    const { live } = opened.claim
    const need = isId(req.params.need) ? await findNeed(db, live.id, req.params.need) : null
    if (need?.kind !== 'answer' || !matter) throw new Problem('not_found')
    const asked = await findClaimForm(db, matter.id, live.form_version)
    if (!asked) throw new Error('a claim names a form that is not stored')
    if (!isOpenNeed(need) || !allowsChange(live.state, 'answer_need')) {
      const done = need.met_at !== null ? 'done' : 'closed'
      res.redirect(303, `${ownClaimPath(live.number)}?${done}=answer_need`)
      return undefined
    }
    const task = {
      need,
      number: live.number,
      matter,
      form: asked,
      action: needPages.answer.own!(live.number, need.id, need.ref),
      back: {
        href: ownClaimPath(live.number),
        text: textsOf(res)('changes:back', { number: live.number }),
      },
    }
    return { opened, task }
  }
}
