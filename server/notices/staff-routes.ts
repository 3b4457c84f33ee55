import type { Router } from 'express'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { showMoment } from '../web/show-moment'
import { listNotices } from './list-notices'
import { listColumns } from './notice-shape'

/** How many notices each matter has a list of, and who imported them when: for administrators. */
export function noticeDeskRoutes(deps: AppDeps): Router {
  const routes = routeTable()

  routes.get('/notices', { who: ['administrator'] }, async (req, res) => {
    const t = textsOf(res)
    const lang = languageOf(res)
    const number = new Intl.NumberFormat(lang)
    const rows = deps.config.limits.noticeImportsShown
    const { lists, imports } = await listNotices(deps.db, req.user!, rows)
    res.render('notices/lists', {
      columns: listColumns.join(','),
      lists: lists.map(({ matter, list }) => {
        const state = !matter.content.notices?.open ? 'off' : list.ids === 0 ? 'empty' : 'on'
        return {
          matter: {
            text: matter.content.title[lang],
            sub: list.demonstration ? t('notices:lists.demonstration') : matter.slug,
          },
          ids: number.format(list.ids),
          fillable: number.format(list.fillable),
          tag: { text: t(`notices:lists.state.${state}`), tone: state === 'on' ? 'ok' : 'warn' },
        }
      }),
      imports: imports.map(({ matter, done }) => ({
        at: showMoment(done.at, lang, matter.content.timeZone),
        matter: matter.content.title[lang],
        person: done.person,
        what: t(`notices:lists.did.${done.kind}`, { ids: number.format(done.ids) }),
        sub:
          done.kind === 'import'
            ? t('notices:lists.counts', {
                lines: number.format(done.lines),
                fillable: number.format(done.fillable),
                refused: number.format(done.refused),
              })
            : undefined,
      })),
    })
  })

  return routes.router
}
