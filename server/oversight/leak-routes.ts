import type { Request, Response, Router } from 'express'
import { listPeople } from '../accounts/list-people'
import { typed } from '../accounts/typed'
import { sendCsv } from '../batches/send-csv'
import { listMatters } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language } from '../web/languages'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import {
  exportLeak,
  exposedFinder,
  findLeak,
  leakScopes,
  listLeak,
  listLeaks,
  type LeakClaimRow,
  type LeakRow,
} from './list-leak'
import { readPeriod } from './period'

const fields = ['what', 'firm', 'person', 'matter', 'from', 'to'] as const
type Asked = Record<(typeof fields)[number], string>

const zone = 'Asia/Seoul'
const hourMs = 3600_000

export const leakColumns = [
  'claim',
  'matter',
  'items',
  'language',
  'state',
  'confirmed',
  'bounced',
] as const

/** Whom a leak concerns and what was exposed: for administrators, with a second factor proved anew. */
export function leakRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { pageSize, leakListDays } = config.limits
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const
  const act = { ...administrators, stepUp: true, csrf: 'flag' } as const

  routes.get('/oversight/leaks', administrators, async (req, res) => {
    await showForm(req, res, { asked: askedOf(() => ''), errors: {} })
  })

  routes.post('/oversight/leaks', act, async (req, res) => {
    const asked = askedOf((name) => typed(req, name))
    if (req.csrfFailed) return showForm(req, res, { asked, errors: {}, expired: true })
    const choices = await choicesOf(languageOf(res))
    const errors: Record<string, string> = {}
    const what = leakScopes.find((one) => one === asked.what)
    if (!what) errors['what'] = 'what'
    let whom: string | null = null
    if (what && what !== 'everything') {
      whom = choices[what].find(({ value }) => value === asked[what])?.id ?? null
      if (whom === null) errors[what] = what
    }
    const { period, wrong } = readPeriod(asked.from, asked.to)
    for (const one of wrong) errors[one === 'order' ? 'to' : one] = one === 'order' ? one : 'day'
    if (what === undefined || Object.keys(errors).length > 0) {
      return showForm(req, res, { asked, errors })
    }
    const { from: since, to: until } = period
    const id = await listLeak(deps, req.user!.id, { what, whom, since, until })
    res.redirect(303, `/oversight/leaks/${id}`)
  })

  routes.get('/oversight/leaks/:id', administrators, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const { leak, exposed, matters } = await findLeak(db, req.user!.id, req.params.id)
    const titles = new Map(
      (await choicesOf(lang)).matter.map(({ id, text }): [string, string] => [id, text]),
    )
    const until = new Date(leak.asked_at.getTime() + leakListDays * 24 * hourMs)
    res.render('oversight/leak', {
      path: `/oversight/leaks/${leak.id}`,
      scope: await scopeText(leak, lang, res),
      period: periodText(leak, lang, res),
      name: leak.asked_name,
      at: showMoment(leak.asked_at, lang, zone),
      count: leak.claims,
      exposed: exposed.map(({ item, claims }) => ({
        text: t(`oversight:item.${item}`),
        count: t('oversight:leak.count', { count: claims }),
      })),
      matters: matters.map(({ matter, claims }) => ({
        text: titles.get(matter) ?? matter,
        count: t('oversight:leak.count', { count: claims }),
      })),
      keptUntil: showMoment(until, lang, zone),
      gone: until <= deps.clock.now(),
    })
  })

  // Answers with the file itself, after the entry that says who took it.
  routes.post(
    '/oversight/leaks/:id/export',
    { ...administrators, stepUp: true },
    async (req, res) => {
      const t = textsOf(res)
      const lang = languageOf(res)
      const { leak } = await findLeak(db, req.user!.id, req.params.id)
      const pieces = exportLeak(deps, req.user!.id, leak.id)
      const cells = await cellsOf(lang, res)
      const rows = async function* () {
        for await (const piece of pieces) yield await Promise.all(piece.map(cells))
      }
      await sendCsv(deps, req, res, {
        name: t('oversight:leak.fileName', { id: leak.id.slice(-8) }),
        columns: leakColumns.map((one) => t(`oversight:leak.column.${one}`)),
        rows: rows(),
      })
    },
  )

  // The address of a form that answered with a file, asked for again.
  routes.get('/oversight/leaks/:id/export', administrators, (req, res) => {
    res.redirect(303, `/oversight/leaks/${encodeURIComponent(req.params.id)}`)
  })

  return routes.router

  async function showForm(
    req: Request,
    res: Response,
    form: { asked: Asked; errors: Record<string, string>; expired?: boolean },
  ): Promise<void> {
    const t = textsOf(res)
    const lang = languageOf(res)
    const { before } = req.query
    const { leaks, next } = await listLeaks(db, req.user!.id, {
      before: typeof before === 'string' ? before : undefined,
      limit: pageSize,
    })
    const errors = Object.fromEntries(
      Object.entries(form.errors).map(([id, key]) => [id, t(`oversight:leak.error.${key}`)]),
    )
    if (form.expired || Object.keys(errors).length > 0) res.status(422)
    res.render('oversight/leaks', {
      asked: form.asked,
      expired: form.expired === true,
      fieldErrors: errors,
      errors: fields.flatMap((id) => (errors[id] ? [{ id, message: errors[id] }] : [])),
      scopes: leakScopes.map((value) => ({
        value,
        text: t(`oversight:leak.what.${value}`),
        hint: t(`oversight:leak.whatHint.${value}`),
      })),
      choices: await choicesOf(lang),
      leaks: await Promise.all(
        leaks.map(async (leak) => ({
          href: `/oversight/leaks/${leak.id}`,
          scope: await scopeText(leak, lang, res),
          period: periodText(leak, lang, res),
          count: t('oversight:leak.count', { count: leak.claims }),
          name: leak.asked_name,
          at: showMoment(leak.asked_at, lang, zone),
        })),
      ),
      pages: {
        ...(before && { prev: '/oversight/leaks' }),
        ...(next && { next: `/oversight/leaks?before=${next}` }),
      },
    })
  }

  async function choicesOf(lang: Language) {
    const { people, firms } = await listPeople(db)
    const matters = await listMatters(db)
    return {
      firm: firms.map(({ id, slug, content }) => ({ id, value: slug, text: content.name[lang] })),
      person: people.map(({ account: { id, name } }) => ({ id, value: id, text: name })),
      matter: matters.map(({ id, slug, content }) => ({
        id,
        value: slug,
        text: content.title[lang],
      })),
    }
  }

  async function scopeText(leak: LeakRow, lang: Language, res: Response): Promise<string> {
    const t = textsOf(res)
    if (leak.what === 'everything') return t('oversight:leak.scope.everything')
    const whom = leak.firm_id ?? leak.person_id ?? leak.matter_id
    const found = (await choicesOf(lang))[leak.what].find(({ id }) => id === whom)
    return t(`oversight:leak.scope.${leak.what}`, { name: found?.text ?? String(whom) })
  }

  function periodText(leak: LeakRow, lang: Language, res: Response): string {
    const t = textsOf(res)
    const to = showMoment(leak.until, lang, zone)
    return leak.since
      ? t('oversight:leak.period', { from: showMoment(leak.since, lang, zone), to })
      : t('oversight:leak.periodTo', { to })
  }

  /** A row of the file; what many rows say alike is worded once. */
  async function cellsOf(
    lang: Language,
    res: Response,
  ): Promise<(row: LeakClaimRow) => Promise<string[]>> {
    const t = textsOf(res)
    const find = exposedFinder(db)
    const worded = new Map<string, Promise<string>>()
    const itemsOf = ({ matter_id: matter, form_version: form, items }: LeakClaimRow) => {
      const key = `${matter} ${form} ${items}`
      const text =
        worded.get(key) ??
        find(matter, form, items).then((all) =>
          all.map((one) => t(`oversight:item.${one}`)).join(', '),
        )
      worded.set(key, text)
      return text
    }
    const titles = new Map(
      (await choicesOf(lang)).matter.map(({ id, text }): [string, string] => [id, text]),
    )
    const once = <Key>(word: (key: Key) => string) => {
      const known = new Map<Key, string>()
      return (key: Key) => {
        const text = known.get(key) ?? word(key)
        known.set(key, text)
        return text
      }
    }
    const state = once((one: string) => t(`common:state.${one}`))
    const languageText = once((one: 'ko' | 'en') =>
      t(one === 'ko' ? 'common:korean' : 'common:english'),
    )
    const [yes, no] = [t('common:yes'), t('common:no')]
    return async (row) => [
      row.number,
      titles.get(row.matter_id) ?? row.matter_id,
      await itemsOf(row),
      languageText(row.language),
      state(row.state),
      row.confirmed ? yes : no,
      row.bounced ? yes : no,
    ]
  }
}

function askedOf(read: (name: string) => string): Asked {
  return Object.fromEntries(fields.map((name) => [name, read(name).trim().slice(0, 80)])) as Asked
}
