import type { Request, Response, Router } from 'express'
import { listPeople } from '../accounts/list-people'
import { typed } from '../accounts/typed'
import { sendCsv } from '../batches/send-csv'
import { parseClaimNumber } from '../claims/claim-number'
import { listFirms, type Firm } from '../firms/list-firms'
import { isId } from '../kernel/ids'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import {
  exportLog,
  findClaimId,
  findOpening,
  listOpenings,
  type OpeningFilter,
} from './list-openings'
import { readPeriod, dayOf } from './period'
import {
  firmNames,
  jobText,
  logCells,
  logColumns,
  openingWords,
  purposeText,
  whoOf,
} from './opening-words'

const fields = ['person', 'claim', 'firm', 'from', 'to', 'job'] as const
type Asked = Record<(typeof fields)[number], string>

/** Who opened what, and the same as a file: for administrators. */
export function openingRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { pageSize, jobOpeningsMax } = config.limits
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/oversight/openings', administrators, async (req, res) => {
    await showList(
      req,
      res,
      askedOf((name) => req.query[name]),
    )
  })

  // Answers with the file itself, after the entry that says who took it.
  routes.post(
    '/oversight/openings/export',
    { ...administrators, stepUp: true, csrf: 'flag' },
    async (req, res) => {
      const asked = askedOf((name) => typed(req, name))
      if (req.csrfFailed) return showList(req, res, asked, { expired: true })
      const firms = await listFirms(db)
      const { filter, errors } = await filterOf(req, asked, firms)
      if (Object.keys(errors).length > 0) return showList(req, res, asked)
      const t = textsOf(res)
      const lang = languageOf(res)
      const names = firmNames(firms)
      const everyone = typed(req, 'jobs') === 'yes'
      const pieces = exportLog(deps, req.user!.id, { ...filter, everyone })
      const rows = async function* () {
        for await (const piece of pieces) yield piece.map((row) => logCells(row, names, t, lang))
      }
      await sendCsv(deps, req, res, {
        name: t('oversight:openings.fileName', { day: dayOf(deps.clock.now()) }),
        columns: logColumns.map((one) => t(`oversight:openings.column.${one}`)),
        rows: rows(),
      })
    },
  )

  // The address of a form that answered with a file, asked for again.
  routes.get('/oversight/openings/export', administrators, (_req, res) => {
    res.redirect(303, '/oversight/openings')
  })

  routes.get('/oversight/openings/:id', administrators, async (req, res) => {
    const { after } = req.query
    const t = textsOf(res)
    const lang = languageOf(res)
    const { opening, claims, next } = await findOpening(db, req.user!.id, req.params.id, {
      after: typeof after === 'string' ? after : undefined,
      limit: pageSize,
    })
    const path = `/oversight/openings/${opening.entry_id}`
    res.render('oversight/opening', {
      ...whoOf(opening, firmNames(await listFirms(db)), t, lang),
      at: showMoment(opening.at, lang, 'Asia/Seoul'),
      purpose: purposeText(t, opening.purpose),
      count: opening.claims,
      entry: opening.entry_id,
      personHref: opening.person_id && `/oversight/openings?person=${opening.person_id}`,
      claims: claims.map(({ claim_id: id, number }) => ({ href: `/claims/${id}`, number })),
      pages: { ...(after && { prev: path }), ...(next && { next: `${path}?after=${next}` }) },
    })
  })

  return routes.router

  async function showList(
    req: Request,
    res: Response,
    asked: Asked,
    { expired = false } = {},
  ): Promise<void> {
    const t = textsOf(res)
    const lang = languageOf(res)
    const { people, firms } = await listPeople(db)
    const { filter, errors } = await filterOf(req, asked, firms)
    const wrong = Object.keys(errors).length > 0
    if (expired || wrong) res.status(422)
    const { before } = req.query
    const { rows, jobs, next } = wrong
      ? { rows: [], jobs: [], next: null }
      : await listOpenings(db, req.user!.id, {
          filter,
          before: typeof before === 'string' ? before : undefined,
          limit: pageSize,
          jobsMax: jobOpeningsMax + 1,
        })
    const link = (more: Record<string, string>) => {
      const given = Object.entries({ ...asked, ...more }).filter(([, value]) => value !== '')
      return `/oversight/openings${given.length > 0 ? `?${new URLSearchParams(given).toString()}` : ''}`
    }
    const names = firmNames(firms)
    const fieldErrors = Object.fromEntries(
      Object.entries(errors).map(([field, key]) => [field, t(`oversight:filter.error.${key}`)]),
    )
    res.render('oversight/openings', {
      asked,
      filtered: fields.some((one) => asked[one] !== ''),
      expired,
      fieldErrors,
      errors: fields.flatMap((id) => (fieldErrors[id] ? [{ id, message: fieldErrors[id] }] : [])),
      people: people.map(({ account, firm }) => ({
        value: account.id,
        text: [account.name, firm?.content.name[lang] ?? t(`accounts:role.${account.role}`)].join(
          ' · ',
        ),
      })),
      firms: firms.map(({ slug, content }) => ({ value: slug, text: content.name[lang] })),
      job: filter.job === undefined ? null : jobText(t, filter.job),
      rows: rows.map((row) => openingWords(row, names, t, lang)),
      jobs: jobs.map(({ job, count }) => ({
        text: jobText(t, job),
        count:
          count > jobOpeningsMax
            ? t('oversight:openings.moreThan', { count: jobOpeningsMax })
            : t('oversight:openings.times', { count }),
        href: link({ job }),
      })),
      pages: { ...(before && { prev: link({}) }), ...(next && { next: link({ before: next }) }) },
    })
  }

  async function filterOf(
    req: Request,
    asked: Asked,
    firms: readonly Firm[],
  ): Promise<{ filter: OpeningFilter; errors: Record<string, string> }> {
    const errors: Record<string, string> = {}
    const { period, wrong } = readPeriod(asked.from, asked.to)
    for (const one of wrong) errors[one === 'order' ? 'to' : one] = one === 'order' ? one : 'day'
    const filter: OpeningFilter = { ...period }
    if (isId(asked.person)) filter.personId = asked.person
    const firm = firms.find(({ slug }) => slug === asked.firm)
    if (firm) filter.firmId = firm.id
    if (asked.job !== '') filter.job = asked.job
    if (asked.claim !== '') {
      const number = parseClaimNumber(asked.claim)
      const id = number === null ? undefined : await findClaimId(db, req.user!.id, number)
      if (id === undefined) errors['claim'] = 'claim'
      else filter.claimId = id
    }
    return { filter, errors }
  }
}

function askedOf(read: (name: string) => unknown): Asked {
  const text = (name: string) => {
    const value = read(name)
    return typeof value === 'string' ? value.trim().slice(0, 60) : ''
  }
  return Object.fromEntries(fields.map((name) => [name, text(name)])) as Asked
}
