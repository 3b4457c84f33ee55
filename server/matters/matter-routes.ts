import type { Router } from 'express'
import { Problem } from '../kernel/problem'
import { findNewest } from '../news/list-news'
import { newsCard } from '../news/news-page'
import { languageOf, speakOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import type { Language } from '../web/languages'
import { routeTable } from '../web/routes'
import { showDay, showMoment } from '../web/show-moment'
import { filedAs } from './filed-as'
import { deadlineMoment, filingDeadline, isFilingAhead, isFilingOpen } from './filing-open'
import { byIncident, findMatter, listCases, listOfCase } from './list-matters'
import type { Fact, Matter } from './matter-file'

/** The open matters by incident, and a page that explains each. Nothing here is personal: pages may be kept. */
export function matterRoutes({ db, clock, config }: AppDeps): Router {
  const routes = routeTable()
  const page = { who: 'anyone', cacheSeconds: config.limits.matterCacheSeconds } as const

  routes.get('/', page, async (_req, res) => {
    const lang = languageOf(res)
    const now = clock.now()
    const incidents = byIncident(await listCases(db)).map(({ incident, matters }) => ({
      title: incident.content.title[lang],
      summary: incident.content.summary[lang],
      matters: matters.map((matter) => overview(matter, lang, now)),
    }))
    res.render('matters/index', { incidents })
  })

  routes.get('/matters/:slug', page, async (req, res) => {
    const matter = await findMatter(db, req.params.slug)
    if (!matter) throw new Problem('not_found')
    speakOf(res, filedAs(matter))
    const lang = languageOf(res)
    const t = textsOf(res)
    const news = await findNewest(db, matter.id, config.limits.newsShown)
    res.render('matters/matter', {
      ...explain(matter, await listOfCase(db, matter), lang, clock.now(), t('common:none')),
      card: newsCard(news, matter, t, lang),
    })
  })

  return routes.router
}

function overview(matter: Matter, lang: Language, now: Date) {
  const { content, firm } = matter
  return {
    href: `/matters/${matter.slug}`,
    title: content.title[lang],
    summary: content.summary[lang],
    jurisdiction: matter.jurisdiction,
    regime: matter.regime,
    firm: firm.content.name[lang],
    deadline: closing(matter, lang),
    open: isFilingOpen(matter, now),
  }
}

/** `ofCase`: the case, and what else can be filed in it. */
function explain(matter: Matter, ofCase: Matter[], lang: Language, now: Date, none: string) {
  const { content, firm, incident } = matter
  const texts = (section: { ko: string; en: string }[]) => section.map((one) => one[lang])
  const facts = (list: Fact[]) => {
    // One day for all of them is said once.
    const days = new Set(list.map((fact) => fact.asOf))
    const shared = days.size === 1
    return {
      asOf: shared ? showDay(list[0]!.asOf, lang) : null,
      list: list.map((fact) => ({
        text: fact.text[lang],
        asOf: shared ? null : showDay(fact.asOf, lang),
      })),
    }
  }
  return {
    matter: {
      ...overview(matter, lang, now),
      of: content.of === undefined ? null : { href: `/matters/${content.of}` },
      early: content.early?.[lang] ?? null,
      ahead: isFilingAhead(matter),
      instead: ofCase
        .filter((one) => content.kind === 'claim' && one.content.kind !== 'claim')
        .map((one) => ({
          kind: one.content.kind,
          href: `/matters/${one.slug}`,
          ahead: isFilingAhead(one),
        })),
      forum: content.forum[lang],
      incident: {
        title: incident.content.title[lang],
        summary: incident.content.summary[lang],
        facts: facts([...incident.content.facts, ...content.facts]),
      },
      affected: texts(content.affected),
      eligibility: texts(content.eligibility),
      remedies: texts(content.remedies),
      fees: texts(content.fees),
      next: texts(content.next),
      evidence: texts(content.evidence),
      city: firm.content.city[lang],
      invented: firm.content.invented,
      deadlines: content.deadlines.map((one) => ({
        label: one.label[lang],
        at: showMoment(deadlineMoment(one), lang, one.timeZone),
        source: one.source[lang],
      })),
      consents: content.consents.map((one) => ({
        title: one.title[lang],
        required: one.required,
        rows: [
          { key: 'recipient', value: one.recipient?.[lang] ?? none },
          { key: 'purpose', value: one.purpose[lang] },
          { key: 'items', value: one.items[lang] },
          { key: 'retention', value: one.retention[lang] },
          { key: 'refusal', value: one.refusal[lang] },
        ].filter((row) => row.value !== none),
      })),
      start: `/matters/${matter.slug}/file`,
    },
  }
}

/** When filing ends, in the matter's zone; nothing where no court has set a date. */
function closing(matter: Matter, lang: Language): string | undefined {
  const deadline = filingDeadline(matter)
  return deadline && showMoment(deadlineMoment(deadline), lang, deadline.timeZone)
}
