import type { Router } from 'express'
import { listRights } from '../accounts/list-rights'
import { rightsWords } from '../accounts/rights-words'
import { reviewState } from '../accounts/review-access'
import { listFirms } from '../firms/list-firms'
import { findMatterById } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language, Translate } from '../web/languages'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { listKeyAges, type KeyAge } from './key-ages'
import { countRecalls, listDeliveries, type DeliveryRow } from './list-deliveries'
import { countOpenAlerts } from './list-alerts'
import { listLeaks } from './list-leak'
import { listOpenings } from './list-openings'
import { firmNames, openingWords, type FirmNames } from './opening-words'
import { listMonths } from './review-log'

const zone = 'Asia/Seoul'

/** The overview of oversight, the ages of keys, and what became of deliveries: for administrators. */
export function oversightRoutes(deps: AppDeps): Router {
  const { db, config } = deps
  const { limits } = config
  const routes = routeTable()
  const administrators = { who: ['administrator'] } as const

  routes.get('/oversight', administrators, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const by = req.user!.id
    const limit = limits.overviewRows
    const openings = await listOpenings(db, by, { filter: {}, limit, jobsMax: 0 })
    const months = await listMonths(deps, by)
    const [oldest] = await listKeyAges(deps, by)
    const deliveries = await listDeliveries(db, by, { limit })
    const recalls = await countRecalls(db, by, limits.mailCountMax + 1)
    const leaks = await listLeaks(db, by, { limit: 1 })
    const access = await reviewState(deps, by)
    const rights = await listRights(db, by, { limit })
    const names = firmNames(await listFirms(db))
    const alerts = await countOpenAlerts(db, limits.alertCountMax)
    const overdue = months.filter((one) => one.overdue).length
    res.render('oversight/overview', {
      openings: openings.rows.map((row) => openingWords(row, names, t, lang)),
      alerts,
      overdue,
      waiting: months.some((one) => !one.reviewed),
      accessOverdue: access.overdue,
      key: oldest ? keyWords(oldest, t, lang, limits.keyMaxDays) : null,
      deliveries: await Promise.all(deliveries.rows.map((row) => words(row, names, t, lang))),
      recalls:
        recalls > limits.mailCountMax
          ? t('oversight:deliveries.recallsMore', { count: limits.mailCountMax })
          : t('oversight:deliveries.recalls', { count: recalls }),
      leakAt: leaks.leaks[0] ? showMoment(leaks.leaks[0].asked_at, lang, zone) : null,
      rights: rightsWords(rights.rows, t, lang),
    })
  })

  routes.get('/oversight/keys', administrators, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const keys = await listKeyAges(deps, req.user!.id)
    res.render('oversight/keys', {
      max: limits.keyMaxDays,
      old: keys.some(({ tooOld }) => tooOld),
      keys: keys.map((one) => keyWords(one, t, lang, limits.keyMaxDays)),
    })
  })

  routes.get('/oversight/deliveries', administrators, async (req, res) => {
    const { before } = req.query
    const t = textsOf(res)
    const lang = languageOf(res)
    const { rows, next } = await listDeliveries(db, req.user!.id, {
      before: typeof before === 'string' ? before : undefined,
      limit: limits.pageSize,
    })
    const names = firmNames(await listFirms(db))
    res.render('oversight/deliveries', {
      rows: await Promise.all(rows.map((row) => words(row, names, t, lang))),
      pages: {
        ...(before && { prev: '/oversight/deliveries' }),
        ...(next && { next: `/oversight/deliveries?before=${next}` }),
      },
    })
  })

  return routes.router

  async function words(row: DeliveryRow, firms: FirmNames, t: Translate, lang: Language) {
    const matter = row.matter_id === null ? null : await findMatterById(db, row.matter_id)
    const firm = row.firm_id === null ? null : (firms.get(row.firm_id)?.[lang] ?? null)
    return {
      what: t(`oversight:delivery.${row.kind.replace('.', '_')}`),
      at: showMoment(row.at, lang, zone),
      name: row.name ?? t('oversight:openings.byItself'),
      about:
        row.role === null
          ? firm
          : [t(`accounts:role.${row.role}`), firm].filter(Boolean).join(' · '),
      of:
        row.batch_id === null
          ? { text: row.claim_number ?? '', href: `/claims/${row.claim_id}`, code: true }
          : {
              text: t('oversight:deliveries.batch', { number: row.batch_number ?? 0 }),
              href: `/batches/${row.batch_id}`,
              sub: matter?.content.title[lang],
            },
    }
  }
}

function keyWords(key: KeyAge, t: Translate, lang: Language, max: number) {
  const state = key.days === null ? 'unknown' : key.tooOld ? 'old' : 'fine'
  const tone = ({ unknown: 'neutral', old: 'warn', fine: 'ok' } as const)[state]
  return {
    name: t(`oversight:key.${key.name}`),
    setting: key.name,
    age:
      key.days === null
        ? t('oversight:keys.ageUnknown')
        : t(key.how === 'seen' ? 'oversight:keys.ageAtLeast' : 'oversight:keys.age', {
            count: key.days,
          }),
    since: key.since && showMoment(key.since, lang, zone),
    how: t(`oversight:keys.how.${key.how}`),
    tag: { text: t(`oversight:keys.state.${state}`, { max }), tone },
  }
}
