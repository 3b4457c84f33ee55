import type { Request, Response, Router } from 'express'
import { answerActed, reasonOf } from '../approvals/ask'
import { isId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { askFactorReset, changeRole, endPerson, wakePerson } from './end-person'
import { listFactors } from './factors/list-factors'
import { stateTones } from './people-routes'
import { listPeople } from './list-people'
import { listRights } from './list-rights'
import { listHash, reviewState, signReview } from './review-access'
import { rightsWords } from './rights-words'
import { typed } from './typed'

/** One person's rights, all changes of rights, and their review: for administrators. */
export function personRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const
  const act = { ...administrators, stepUp: true } as const

  routes.get('/people/rights', administrators, async (req, res) => {
    const { before } = req.query
    const { rows, next } = await listRights(db, req.user!.id, {
      before: typeof before === 'string' ? before : undefined,
      limit: config.limits.pageSize,
    })
    res.render('accounts/rights', {
      entries: rightsWords(rows, textsOf(res), languageOf(res)),
      pages: {
        ...(before && { prev: '/people/rights' }),
        ...(next && { next: `/people/rights?before=${next}` }),
      },
    })
  })

  routes.get('/people/review', administrators, async (req, res) => {
    await showReview(req, res, { signed: req.query['signed'] !== undefined })
  })

  routes.post('/people/review', { ...act, csrf: 'flag' }, async (req, res) => {
    const name = typed(req, 'name').slice(0, 200)
    if (req.csrfFailed) return showReview(req, res, { name, problem: 'expired' })
    const given = { name, list: typed(req, 'list') }
    const outcome = await signReview(deps, req.user!.id, given)
    if (outcome !== 'signed') return showReview(req, res, { name, problem: outcome })
    res.redirect(303, '/people/review?signed')
  })

  routes.get('/people/:id', administrators, async (req, res) => {
    await showPerson(req, res)
  })

  routes.post('/people/:id/role', act, async (req, res) => {
    const role = typed(req, 'role')
    if (role !== 'administrator' && role !== 'moderator') throw new Problem('invalid')
    const { id } = req.params
    const acted = await changeRole(deps, id, { role, reason: reasonOf(req) }, req.user!.id)
    await answerActed(deps, req, res, acted, placesOf(id))
  })

  routes.post('/people/:id/wake', act, async (req, res) => {
    const { id } = req.params
    const acted = await wakePerson(deps, id, req.user!.id, reasonOf(req))
    await answerActed(deps, req, res, acted, placesOf(id))
  })

  routes.post('/people/:id/factors', act, async (req, res) => {
    const { id } = req.params
    const acted = await askFactorReset(deps, id, req.user!.id, reasonOf(req))
    await answerActed(deps, req, res, acted, placesOf(id))
  })

  routes.post('/people/:id/end', act, async (req, res) => {
    await endPerson(deps, req.params.id, req.user!.id)
    res.redirect(303, `/people/${req.params.id}?ended`)
  })

  return routes.router

  async function showPerson(req: Request<{ id: string }>, res: Response): Promise<void> {
    const { id } = req.params
    const { people } = await listPeople(db)
    const found = isId(id) ? people.find(({ account }) => account.id === id) : undefined
    if (!found) throw new Problem('not_found')
    const { account, firm } = found
    const lang = languageOf(res)
    const t = textsOf(res)
    const factors = await listFactors(db, id)
    const limit = config.limits.historyRows
    const rights = await listRights(db, req.user!.id, { personId: id, limit })
    res.render('accounts/person', {
      changed: req.query['changed'] !== undefined,
      ended: req.query['ended'] !== undefined,
      own: id === req.user!.id,
      account: {
        id,
        name: account.name,
        email: account.email,
        role: account.role,
        roleText: t(`accounts:role.${account.role}`),
        firm: firm?.content.name[lang] ?? null,
        state: account.state,
        tag: { text: t(`accounts:state.${account.state}`), tone: stateTones[account.state] },
        signedInAt: moment(account.last_signed_in_at, res),
      },
      factors: {
        app: factors.totpSince !== null,
        passkeys: factors.passkeys.length,
        codes: factors.recoveryCodesLeft,
      },
      entries: rightsWords(rights.rows, t, lang),
    })
  }

  async function showReview(
    req: Request,
    res: Response,
    shown: { name?: string; problem?: 'name' | 'changed' | 'expired'; signed?: boolean },
  ): Promise<void> {
    const { name = '', problem = null, signed = false } = shown
    if (problem) res.status(422)
    const lang = languageOf(res)
    const t = textsOf(res)
    const { people } = await listPeople(db)
    const state = await reviewState(deps, req.user!.id)
    res.render('accounts/review', {
      name,
      problem,
      signed,
      overdue: state.overdue,
      last: state.last && { name: state.last.name, at: moment(state.last.at, res) },
      dueAt: moment(state.dueAt, res),
      list: listHash(people.map(({ account }) => account)),
      people: people.map(({ account, firm }) => ({
        id: account.id,
        name: account.name,
        email: account.email,
        role: t(`accounts:role.${account.role}`),
        firm: firm?.content.name[lang] ?? null,
        tag: { text: t(`accounts:state.${account.state}`), tone: stateTones[account.state] },
        signedInAt: moment(account.last_signed_in_at, res),
      })),
    })
  }

  function moment(at: Date | null, res: Response): string | null {
    return at && showMoment(at, languageOf(res), 'Asia/Seoul')
  }
}

/** Where a change of somebody's rights leads, and where it began. */
function placesOf(id: string) {
  return { done: `/people/${id}?changed`, back: `/people/${id}` }
}
