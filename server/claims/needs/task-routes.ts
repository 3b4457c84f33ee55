import type { Request, Response, Router } from 'express'
import { isId } from '../../kernel/ids'
import { Problem } from '../../kernel/problem'
import { filedAs } from '../../matters/filed-as'
import { createSealer } from '../../vault/sealer'
import { languageOf, speakOf, textsOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { limit, limitForms } from '../../web/rate-limit'
import { routeTable } from '../../web/routes'
import { allowsChange } from '../changes/change-kinds'
import { findChange } from '../changes/find-change'
import { requestChange } from '../changes/request-change'
import { dueWords, readAnswer, showAnswerForm, type AnswerTask } from './answer-page'
import { askForTaskLinks } from './ask-for-task-links'
import { needPages } from './need-kinds'
import { needWords } from './need-words'
import type * as store from './needs.store'
import type { Task } from './task-links'
import { findTaskPage } from './task-page'

type Tokened = Request<{ token: string }>

interface Arrived {
  task: Task
  claim: store.TaskClaim
  about: AnswerTask
}

/**
 * Where a mailed link to one task leads. It needs no session and opens nothing: the page shows the number of
 * the claim, the case and the question, and what is typed goes sealed, with the link's token, to the worker.
 * Programs that check mail open every link: only the button does anything.
 */
export function taskRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const asking = { ...deps, sealer: createSealer(config.keys) }
  const routes = routeTable()
  const page = { who: 'anyone', session: true } as const
  const form = { who: 'anyone', csrf: 'flag' } as const
  const perAddress = limitForms(deps, 'task')
  // Each one becomes a mail.
  const perLink = limit(deps, {
    name: 'new link to a task',
    by: () => '',
    ...limits.rate.lookup,
    store: 'database',
  })

  routes.get('/tasks/:token', page, async (req, res) => {
    const arrived = await arrive(req, res)
    if (!arrived) return
    const change = await changeOf(req, arrived)
    if (change?.outcome === null) {
      const waited = clock.now().getTime() - change.created_at.getTime()
      const long = waited > limits.accessWaitMaxSeconds * 1000
      const href = `/tasks/${req.params.token}`
      return res.render('claims/needs/waiting', {
        href: `${href}?change=${change.id}`,
        ready: `${href}/ready?change=${change.id}`,
        refresh: long ? undefined : limits.accessWaitSeconds,
        long,
      })
    }
    if (arrived.task.state !== 'open' || !mayBeGiven(arrived)) {
      return showOver(res, arrived, { token: req.params.token, justNow: change !== null })
    }
    if (arrived.task.need.kind !== 'answer') return showOther(res, arrived, req.params.token)
    const { reason = null } = change ?? {}
    const refused = reason && textsOf(res)(`changes:refused.${reason}`)
    showAnswerForm(res, arrived.about, null, refused)
  })

  // What the waiting page asks when it can.
  routes.get('/tasks/:token/ready', { who: 'anyone' }, async (req, res) => {
    const arrived = await arrive(req, res)
    if (!arrived) return
    res.json({ done: (await changeOf(req, arrived))?.outcome !== null })
  })

  routes.post('/tasks/:token', form, perAddress, async (req, res) => {
    const { token } = req.params
    const arrived = await arrive(req, res)
    if (!arrived) return
    const { task, about } = arrived
    if (task.state !== 'open' || !mayBeGiven(arrived)) return showOver(res, arrived, { token })
    if (task.need.kind !== 'answer') return showOther(res, arrived, token)
    const typed = readAnswer(req, about, { lang: languageOf(res), now: clock.now() })
    if (!typed.ok) return showAnswerForm(res, about, typed)
    const id = await requestChange(asking, {
      claimId: task.need.claim_id,
      secret: token,
      kind: 'answer_need',
      content: { need: task.need.id, answers: typed.answers },
    })
    if (id === null) throw new Problem('too_many_requests')
    res.redirect(303, `/tasks/${token}?change=${id}`)
  })

  routes.post('/tasks/:token/new-link', form, perAddress, async (req, res) => {
    const { token } = req.params
    const arrived = await arrive(req, res)
    if (!arrived) return
    if (req.csrfFailed) return showOver(res, arrived, { token, stale: true })
    if (arrived.task.state === 'expired') {
      await perLink.consume(token)
      await askForTaskLinks(deps, arrived.task.need)
    }
    res.redirect(303, `/tasks/${token}?asked`)
  })

  routes.get('/tasks/:token/new-link', { who: 'anyone' }, (req, res) => {
    res.redirect(303, `/tasks/${encodeURIComponent(req.params.token)}`)
  })

  return routes.router

  /** The task of a link, or the answer to one that is none. */
  async function arrive(req: Tokened, res: Response): Promise<Arrived | undefined> {
    const found = await findTaskPage(db, req.params.token, clock.now())
    if (!found) {
      res.status(404).render('claims/needs/no-task')
      return undefined
    }
    const { task, claim, matter, form: asked } = found
    speakOf(res, filedAs(matter))
    const action = `/tasks/${req.params.token}`
    const about = { need: task.need, number: claim.number, matter, form: asked, action }
    return { task, claim, about }
  }

  function mayBeGiven({ claim }: Arrived): boolean {
    return allowsChange(claim.state, 'answer_need')
  }

  /** What was asked by this link, if the address names it. */
  async function changeOf(req: Tokened, { task }: Arrived) {
    const { change: id } = req.query
    const change = isId(id) ? await findChange(db, id) : undefined
    const own = change?.claim_id === task.need.claim_id && change.kind === 'answer_need'
    return own ? change : null
  }

  /** Done, not needed any more, or by a newer link: never an error. */
  function showOver(
    res: Response,
    { task, about }: Arrived,
    {
      token,
      justNow = false,
      stale = false,
    }: { token: string; justNow?: boolean; stale?: boolean },
  ): void {
    const lang = languageOf(res)
    const state = task.state === 'open' ? 'cancelled' : task.state
    res.status(stale ? 403 : 200).render('claims/needs/over', {
      state: state === 'met' && justNow ? 'thanks' : state,
      asked: res.req.query['asked'] !== undefined,
      token,
      stale,
      number: about.number,
      case: { name: about.matter.content.title[lang], href: `/matters/${about.matter.slug}` },
      label: needWords(task.need, about, lang)?.label ?? null,
    })
  }

  /** What is done on a page of its own: straight there, or from the person's own claims. */
  function showOther(res: Response, { task: { need }, about }: Arrived, token: string): void {
    const lang = languageOf(res)
    const own = needPages[need.kind].task
    res.render('claims/needs/other', {
      number: about.number,
      case: { name: about.matter.content.title[lang], href: `/matters/${about.matter.slug}` },
      words: needWords(need, about, lang) ?? { label: need.ref },
      due: dueWords(need, about.matter, lang),
      href: own ? own(token) : null,
    })
  }
}
