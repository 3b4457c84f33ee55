import type { Request, Response, Router } from 'express'
import { newId } from '../kernel/ids'
import { Problem } from '../kernel/problem'
import { languageOf, textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { languages } from '../web/languages'
import { routeTable } from '../web/routes'
import { listNews, mattersOf } from './list-news'
import { parseNews, typedNews, type NewsError, type TypedNews } from './news-form'
import { newsWords, textWords } from './news-page'
import { postNews, withdrawNews } from './post-news'

const labels: Record<string, string> = {
  matter: 'news:form.matter',
  title_ko: 'news:form.titleKo',
  title_en: 'news:form.titleEn',
  text_ko: 'news:form.textKo',
  text_en: 'news:form.textEn',
}

interface FormExtras {
  status?: number
  errors?: Partial<Record<string, NewsError>>
  expired?: boolean
}

/** News of a case: counsel of its firm and administrators write, look at it in both languages, publish, withdraw. */
export function newsDeskRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const { limits } = config
  const routes = routeTable()
  const staff = { who: ['counsel', 'administrator'] } as const
  const form = { ...staff, csrf: 'flag' } as const

  routes.get('/news', staff, async (req, res) => {
    const { after } = req.query
    const asked = {
      after: typeof after === 'string' ? after : undefined,
      pageSize: limits.pageSize,
    }
    const { news, next } = await listNews(db, req.user!, asked)
    const matters = new Map((await mattersOf(db, req.user!)).map((one) => [one.id, one]))
    const t = textsOf(res)
    const lang = languageOf(res)
    res.render('news/list', {
      done: ['posted', 'withdrawn'].find((one) => req.query[one] !== undefined) ?? null,
      rows: news.map((one) => {
        const matter = matters.get(one.matter_id)!
        return {
          ...newsWords(one, matter, t, lang),
          matter: matter.content.title[lang],
          withdrawn: one.withdrawn_at !== null,
          site: `${config.publicUrl}/matters/${matter.slug}/news#news-${one.id}`,
        }
      }),
      pages: {
        ...(after !== undefined && { prev: '/news' }),
        ...(next && { next: `/news?after=${next}` }),
      },
    })
  })

  routes.get('/news/new', staff, async (req, res) => {
    // Names the news before it exists: the same form sent twice is one.
    await showForm(req, res, { ...typedNews({}), id: newId(clock.now().getTime()) })
  })

  // Pages that answer a form have its address: asked for again, they are an empty form.
  for (const path of ['/news/preview', '/news/edit'] as const) {
    routes.get(path, staff, (_req, res) => res.redirect(303, '/news/new'))
  }

  routes.post('/news/preview', form, async (req, res) => {
    const matters = await mattersOf(db, req.user!)
    const parsed = parse(req, matters)
    if (!parsed.ok) return showForm(req, res, parsed.typed, { status: 422, errors: parsed.errors })
    if (req.csrfFailed) return showExpired(req, res)
    const matter = matters.find(({ id }) => id === parsed.matterId)!
    const { id, matterId, texts } = parsed
    res.render('news/preview', {
      matter: matter.content.title[languageOf(res)],
      languages: languages.map((lang) => ({ lang, ...textWords(texts, lang) })),
      fields: Object.entries({ id, matter: matterId, ...texts }),
    })
  })

  routes.post('/news/edit', form, async (req, res) => {
    if (req.csrfFailed) return showExpired(req, res)
    await showForm(req, res, typedNews(req.body as Record<string, unknown>))
  })

  routes.post('/news', form, async (req, res) => {
    const parsed = parse(req, await mattersOf(db, req.user!))
    if (!parsed.ok) return showForm(req, res, parsed.typed, { status: 422, errors: parsed.errors })
    if (req.csrfFailed) return showExpired(req, res)
    await postNews(deps, req.user!, parsed)
    res.redirect(303, '/news?posted')
  })

  routes.get('/news/:id/withdraw', staff, (_req, res) => res.redirect(303, '/news'))

  routes.post('/news/:id/withdraw', staff, async (req, res) => {
    await withdrawNews(deps, req.user!, req.params.id)
    res.redirect(303, '/news?withdrawn')
  })

  return routes.router

  function parse(req: Request, matters: readonly { id: string }[]) {
    const ids = matters.map(({ id }) => id)
    return parseNews(req.body as Record<string, unknown>, ids, limits)
  }

  async function showExpired(req: Request, res: Response): Promise<void> {
    const typed = typedNews(req.body as Record<string, unknown>)
    await showForm(req, res, typed, { status: 403, expired: true })
  }

  async function showForm(
    req: Request,
    res: Response,
    typed: TypedNews,
    { status = 200, errors = {}, expired = false }: FormExtras = {},
  ): Promise<void> {
    const matters = await mattersOf(db, req.user!)
    if (matters.length === 0) throw new Problem('not_found')
    const t = textsOf(res)
    const lang = languageOf(res)
    const [only, ...more] = matters
    const words = Object.entries(errors).map(([field, error]) => {
      const count = field.startsWith('title') ? limits.newsTitleChars : limits.newsTextChars
      const key =
        error === 'resident_number' ? 'matters:field.resident_number' : `news:error.${error}`
      return [field, t(key, { count })] as const
    })
    res.status(status).render('news/form', {
      values: { ...typed, matter: typed.matter || (more.length === 0 ? only!.id : '') },
      matters: matters.map(({ id, content }) => ({ value: id, text: content.title[lang] })),
      fieldErrors: Object.fromEntries(words),
      // Two fields can lack the same.
      errors: words.map(([id, message]) => ({ id, message: `${t(labels[id]!)}: ${message}` })),
      expired,
      titleChars: limits.newsTitleChars,
      textChars: limits.newsTextChars,
    })
  }
}
