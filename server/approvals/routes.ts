import type { Request, Response, Router } from 'express'
import { listPeople, type People } from '../accounts/list-people'
import { typed } from '../accounts/typed'
import { Problem } from '../kernel/problem'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { decideApproval, withdrawApproval, type Decided } from './decide-approval'
import {
  approvalViews,
  findApproval,
  listApprovals,
  type ApprovalRow,
  type ApprovalState,
} from './list-approvals'
import { objectWords } from './object-words'
import { readParams } from './read-params'

/** What needs two people: everybody sees what they asked for, administrators all of it, and decide. */
export function approvalRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const routes = routeTable()
  const anyone = { who: 'signed-in' } as const

  routes.get('/approvals', anyone, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const view = approvalViews.find((one) => one === req.query['view']) ?? 'open'
    const after = typeof req.query['after'] === 'string' ? req.query['after'] : undefined
    const { rows, next } = await listApprovals(
      db,
      req.user!,
      { view, after },
      config.limits.pageSize,
    )
    const people = await listPeople(db)
    const link = (to: string) => (to === 'open' ? '/approvals' : `/approvals?view=${to}`)
    res.render('approvals/list', {
      view,
      views: approvalViews.map((one) => ({
        href: link(one),
        text: t(`approvals:list.view.${one}`),
        current: one === view,
      })),
      rows: await Promise.all(
        rows.map(async (row) => ({
          href: `/approvals/${row.id}`,
          kind: t(`approvals:kind.${row.kind}`),
          object: (await wordsOf(row, people, res))[0]?.value ?? '',
          tag: tagOf(row, res),
          asker: nameOf(people, row.asked_by),
          askedAt: showMoment(row.asked_at, lang, 'Asia/Seoul'),
        })),
      ),
      pages: next ? { next: `${link(view)}${view === 'open' ? '?' : '&'}after=${next}` } : {},
    })
  })

  routes.get('/approvals/:id', anyone, async (req, res) => {
    await show(req, res)
  })

  // The address of a page that answered a form, asked for again.
  for (const action of ['decision', 'withdrawal'] as const) {
    routes.get(`/approvals/:id/${action}`, anyone, async (req, res) => {
      const { approval } = await findApproval(db, req.user!, req.params.id)
      res.redirect(303, `/approvals/${approval.id}`)
    })
  }

  routes.post(
    '/approvals/:id/decision',
    { who: ['administrator'], stepUp: true, csrf: 'flag' },
    async (req, res) => {
      if (req.csrfFailed) return show(req, res, { status: 403, notice: 'expired' })
      const decision = typed(req, 'decision')
      if (decision !== 'approved' && decision !== 'refused') {
        const error = textsOf(res)('approvals:decide.missing')
        return show(req, res, { status: 422, error })
      }
      const given = { decision, shown: typed(req, 'shown') } as const
      await answer(req, res, await decideApproval(deps, req.user!, req.params.id, given))
    },
  )

  routes.post('/approvals/:id/withdrawal', anyone, async (req, res) => {
    await answer(req, res, await withdrawApproval(deps, req.user!, req.params.id))
  })

  return routes.router

  async function answer(
    req: Request<{ id: string }>,
    res: Response,
    outcome: Decided,
  ): Promise<void> {
    if (outcome === 'decided') return res.redirect(303, `/approvals/${req.params.id}?decided`)
    await show(req, res, { status: outcome === 'self' ? 403 : 409, notice: outcome })
  }

  async function wordsOf(row: ApprovalRow, people: People, res: Response) {
    const named = readParams(row)
    const reader = { db, t: textsOf(res), lang: languageOf(res), ...people }
    return named ? objectWords(reader, named) : []
  }

  async function show(
    req: Request<{ id: string }>,
    res: Response,
    given: { status?: number; notice?: string; error?: string } = {},
  ): Promise<void> {
    const person = req.user!
    const { approval, second } = await findApproval(db, person, req.params.id)
    const people = await listPeople(db)
    const t = textsOf(res)
    const at = (moment: Date) => showMoment(moment, languageOf(res), 'Asia/Seoul')
    const waiting = approval.state === 'waiting'
    const own = approval.asked_by === person.id
    const { solo_due_at: solo, decided_by: decider } = approval
    const late = waiting && solo === null && approval.expires_at <= clock.now()
    res.status(given.status ?? 200).render('approvals/approval', {
      href: `/approvals/${approval.id}`,
      kind: t(`approvals:kind.${approval.kind}`),
      means: t(`approvals:means.${approval.kind}`),
      tag: tagOf(approval, res),
      waiting,
      own,
      asked: req.query['asked'] !== undefined && waiting,
      decided: req.query['decided'] !== undefined && !waiting,
      state: approval.state,
      outcome: approval.outcome && t(`approvals:outcome.${approval.outcome}`),
      solo: waiting && solo ? at(solo) : null,
      // Before the worker has begun the long way, too.
      lonely: waiting && !solo && !second,
      soloHours: config.limits.soloApprovalHours,
      mayDecide: waiting && !own && !late && person.role === 'administrator',
      mayWithdraw: waiting && own,
      shown: approval.params_sha256.toString('hex'),
      notice: given.notice ? t(`approvals:notice.${given.notice}`) : null,
      error: given.error ?? null,
      errors: given.error ? [{ id: 'decision', message: given.error }] : [],
      object: (await wordsOf(approval, people, res)).map(({ key, value }) => ({
        key,
        value: { text: value, user: true },
      })),
      facts: [
        { key: t('approvals:facts.reason'), value: t(`approvals:reason.${approval.reason}`) },
        {
          key: t('approvals:facts.asker'),
          value: {
            text: nameOf(people, approval.asked_by),
            user: true,
            sub: at(approval.asked_at),
          },
        },
        ...(waiting && !solo
          ? [{ key: t('approvals:facts.until'), value: at(approval.expires_at) }]
          : []),
        ...(solo ? [{ key: t('approvals:facts.solo'), value: at(solo) }] : []),
        ...(decider
          ? [
              {
                key: t('approvals:facts.decider'),
                value: {
                  text: nameOf(people, decider),
                  user: true,
                  sub: at(approval.decided_at!),
                },
              },
            ]
          : []),
        ...(approval.closed_at
          ? [{ key: t('approvals:facts.closed'), value: at(approval.closed_at) }]
          : []),
      ],
    })
  }
}

const tones: Record<ApprovalState, string> = {
  waiting: 'info',
  approved: 'info',
  refused: 'bad',
  withdrawn: 'neutral',
  expired: 'neutral',
  carried_out: 'ok',
  void: 'warn',
}

function tagOf({ state, solo_due_at: solo }: ApprovalRow, res: Response) {
  const key = state === 'waiting' && solo ? 'solo' : state
  return {
    text: textsOf(res)(`approvals:state.${key}`),
    tone: key === 'solo' ? 'warn' : tones[state],
  }
}

/** @throws Problem('internal') for an account that is not there: none is ever deleted */
function nameOf({ people }: People, id: string): string {
  const found = people.find(({ account }) => account.id === id)
  if (!found) throw new Problem('internal')
  return found.account.name
}
