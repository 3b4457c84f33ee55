import type { Router } from 'express'
import { Problem } from '../kernel/problem'
import { findMatter } from '../matters/list-matters'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { listPublished } from './list-news'
import { newsPath, newsWords } from './news-page'

/** All news of a case, for everyone. */
export function newsRoutes({ db, config }: AppDeps): Router {
  const { matterCacheSeconds: cacheSeconds, pageSize } = config.limits
  const routes = routeTable()

  routes.get('/matters/:slug/news', { who: 'anyone', cacheSeconds }, async (req, res) => {
    const matter = await findMatter(db, req.params.slug)
    if (!matter) throw new Problem('not_found')
    const after = req.query['after']
    const asked = { after: typeof after === 'string' ? after : undefined, pageSize }
    const { news, next } = await listPublished(db, matter.id, asked)
    const lang = languageOf(res)
    const path = newsPath(matter.slug)
    res.render('news/published', {
      matter: { title: matter.content.title[lang], href: `/matters/${matter.slug}` },
      news: news.map((one) => newsWords(one, matter, textsOf(res), lang)),
      pages: {
        ...(after !== undefined && { prev: path }),
        ...(next && { next: `${path}?after=${next}` }),
      },
    })
  })

  return routes.router
}
