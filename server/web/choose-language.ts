import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { cookieOf } from './cookies'
import type { AppDeps } from './deps'
import { inContext, isLanguage, translator, type Language, type Translate } from './languages'
import { usesHttps } from './sessions'

const yearMs = 365 * 24 * 60 * 60 * 1000

/**
 * Chooses the language of a request (`?lang=`, then the cookie, then Accept-Language, else Korean) and
 * puts `lang`, `t` and the address of the same page in the other language into the view's locals.
 * Never redirects: a link that says `?lang=en` shows English even where cookies are refused.
 */
export function chooseLanguage({ config, log, onMissingText }: AppDeps): RequestHandler {
  const onMissing = onMissingText ?? ((key: string) => log.error({ key }, 'a text is missing'))
  const translators = {
    ko: translator('ko', onMissing),
    en: translator('en', onMissing),
  }
  return (req: Request, res: Response, next: NextFunction) => {
    const asked = req.query['lang']
    const remembered = cookieOf(req, 'lang')
    const lang: Language = isLanguage(asked)
      ? asked
      : isLanguage(remembered)
        ? remembered
        : preferred(req)
    if (isLanguage(asked) && asked !== remembered) {
      res.cookie('lang', asked, {
        maxAge: yearMs,
        sameSite: 'lax',
        httpOnly: true,
        secure: usesHttps(config),
      })
    }
    res.locals['lang'] = lang
    res.locals['t'] = translators[lang]
    res.locals['otherLangUrl'] = inLanguage(req, lang === 'ko' ? 'en' : 'ko')
    res.setHeader('Content-Language', lang)
    res.vary('Accept-Language')
    res.vary('Cookie')
    next()
  }
}

function preferred(req: Request): Language {
  const best = req.acceptsLanguages('ko', 'en')
  return isLanguage(best) ? best : 'ko'
}

function inLanguage(req: Request, lang: Language): string {
  const query = new URLSearchParams(req.originalUrl.split('?')[1] ?? '')
  query.set('lang', lang)
  // `//host` would be a link to another site.
  return `${req.path.replace(/^[/\\]+/, '/')}?${query.toString()}`
}

/** The chosen language of a request, for what outlives it: a claim keeps it for its mail and papers. */
export function languageOf(res: Response): Language {
  return res.locals['lang'] as Language
}

/** The texts in the language of a request. */
export function textsOf(res: Response): Translate {
  return res.locals['t'] as Translate
}

/** From here on the texts of a request say what was filed: `filed` is their context where they have words for it. */
export function speakOf(res: Response, filed: string): void {
  res.locals['t'] = inContext(textsOf(res), filed)
}
