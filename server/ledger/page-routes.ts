import type { Router } from 'express'
import { listMatters } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language, Translate } from '../web/languages'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { checkCommands } from './check-commands'
import { dayChart } from './day-chart'
import { publishedNames } from './published-names'
import { readLedgerPage, type LedgerPage } from './read-ledger-page'

const zone = 'Asia/Seoul'

/** The ledger as people see it: what happened, and how to check that nothing of it was changed. */
export function ledgerPageRoutes({ db, clock, config }: AppDeps): Router {
  const routes = routeTable()
  const { ledgerCacheSeconds, ledgerDays, ledgerEntries } = config.limits

  routes.get('/ledger', { who: 'anyone', cacheSeconds: ledgerCacheSeconds }, async (_req, res) => {
    const lang = languageOf(res)
    const now = clock.now()
    const [read, names, matters] = await Promise.all([
      readLedgerPage(db, { now, days: ledgerDays, entries: ledgerEntries }),
      publishedNames(db, config),
      listMatters(db),
    ])
    const titles = new Map(matters.map(({ slug, content }) => [slug, content.title[lang]] as const))
    const url = `${config.publicUrl}/ledger`
    res.render('ledger/ledger', {
      ...inWords(read, titles, textsOf(res), lang),
      names: names.map((name) => ({ ...name, opened: showMoment(name.openedAt, lang, zone) })),
      lost: names.reduce((sum, { lost }) => sum + lost, 0),
      url,
      commands: names[0] ? checkCommands({ url, pem: names[0].pem }) : null,
    })
  })

  return routes.router
}

function inWords(
  { size, claims, checkpoint, matters, days, latest }: LedgerPage,
  titles: Map<string, string>,
  t: Translate,
  lang: Language,
) {
  const number = new Intl.NumberFormat(lang)
  // A matter that was taken off the site keeps its entries.
  const slugs = [...new Set([...titles.keys(), ...matters.keys()])]
  const titleOf = (slug: string) => titles.get(slug) ?? slug
  return {
    figures: {
      entries: number.format(size),
      claims: number.format(claims),
      signed: checkpoint && {
        text: showMoment(checkpoint.signedAt, lang, zone),
        iso: checkpoint.signedAt.toISOString(),
      },
    },
    charts:
      claims === 0
        ? []
        : slugs.map((slug) =>
            dayChart({ title: titleOf(slug), claims: matters.get(slug), days }, t, lang),
          ),
    days: days.length,
    entries: latest.map(({ index, at, type, matter }) => ({
      index,
      type,
      isPrivate: type === 'private',
      matter: matter === null ? null : titleOf(matter),
      at: showMoment(at, lang, zone),
      iso: at.toISOString(),
    })),
    note: checkpoint?.note ?? null,
  }
}
