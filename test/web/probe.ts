import type { Request, Response, Router } from 'express'
import { Problem } from '../../server/kernel/problem'
import type { AppDeps } from '../../server/app'
import { addressOf, limit } from '../../server/web/rate-limit'
import { routeTable } from '../../server/web/routes'
import { renewSession, signInSession, signOutSession } from '../../server/web/signed-in'
import type { Person } from '../../server/web/person'

export const admin: Person = {
  id: '01900000-0000-7000-8000-000000000001',
  role: 'administrator',
  firmId: null,
  name: '관리자',
}
export const counsel: Person = {
  id: '01900000-0000-7000-8000-000000000002',
  role: 'counsel',
  firmId: '01900000-0000-7000-8000-000000000003',
  name: '변호사',
}

const form = (_req: Request, res: Response) => {
  res
    .type('html')
    .send(`<input type="hidden" name="_csrf" value="${String(res.locals['csrfToken'])}">`)
}

/** Routes that show what surrounds every route, without a feature in the way. */
export function probeRoutes(deps: AppDeps): Router {
  const routes = routeTable()
  routes.get('/plain', { who: 'anyone', cacheSeconds: 60 }, (_req, res) => {
    res.send('plain')
  })
  routes.get('/form', { who: 'anyone', session: true }, form)
  routes.post('/form', { who: 'anyone' }, (req, res) => {
    res.json({ sent: (req.body as Record<string, unknown>)['text'] })
  })
  routes.get('/long-form', { who: 'anyone', session: true }, form)
  routes.post('/long-form', { who: 'anyone', csrf: 'flag' }, (req, res) => {
    if (req.csrfFailed) res.status(422)
    form(req, res)
  })
  routes.get('/fails', { who: 'anyone' }, () => {
    throw new Error('honggildong@naver.com 010-1234-5678 홍길동 was not found')
  })
  routes.get('/sql-fails', { who: 'anyone' }, async (_req, res) => {
    await deps.db.raw('select ?::int', ['secret-of-honggildong'])
    res.send('never')
  })
  routes.get('/conflict/:token', { who: 'anyone' }, () => {
    throw new Problem('conflict')
  })
  const guesses = { name: 'guess', by: addressOf, points: 3, seconds: 60 }
  const inDatabase = limit(deps, { ...guesses, store: 'database' })
  routes.get('/limited', { who: 'anyone' }, inDatabase, (_req, res) => {
    res.send('counted')
  })
  routes.get('/sign-in', { who: 'anyone' }, form)
  routes.post('/sign-in', { who: 'anyone' }, async (req, res) => {
    const { id } = req.body as { id: string }
    const person = await deps.findPerson?.(id, req.ip ?? '')
    if (!person) throw new Problem('not_allowed')
    await signInSession(req, person)
    res.redirect(303, '/desk')
  })
  routes.post('/begin', { who: 'anyone' }, async (req, res) => {
    await renewSession(req)
    req.session.steppedUpAt = 1
    res.redirect(303, '/desk')
  })
  routes.get('/desk', { who: 'signed-in' }, (req, res) => {
    res.send(`${req.user!.name} <input name="_csrf" value="${String(res.locals['csrfToken'])}">`)
  })
  routes.post('/sign-out', { who: 'signed-in' }, async (req, res) => {
    await signOutSession(req, res, deps.config)
    res.redirect(303, '/sign-in')
  })
  routes.get('/people', { who: ['administrator'] }, (_req, res) => {
    res.send('people')
  })
  return routes.router
}
