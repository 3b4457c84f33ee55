import { readdirSync, readFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import i18next, { type Resource } from 'i18next'
import { cookieOf } from './cookies'
import type { AppDeps } from './deps'
import { usesHttps } from './sessions'

export const languages = ['ko', 'en'] as const
export type Language = (typeof languages)[number]

/** Text by key, e.g. `t('intake:review.title', { name })`: plain text; the view escapes it. */
export type Translate = (key: string, values?: Record<string, string | number>) => string

const folder = join(__dirname, 'languages')
const yearMs = 365 * 24 * 60 * 60 * 1000

/** The texts of all features: one file is one namespace. */
export function readTexts(): Resource {
  const namespaces = (language: Language) =>
    readdirSync(join(folder, language))
      .filter((file) => file.endsWith('.json'))
      .map((file) => [
        parse(file).name,
        JSON.parse(readFileSync(join(folder, language, file), 'utf8')) as Record<string, unknown>,
      ])
  return Object.fromEntries(
    languages.map((language) => [language, Object.fromEntries(namespaces(language))]),
  ) as Resource
}

// Read once, at the first use, synchronously: the texts are part of the program, like its code.
let loaded: typeof i18next | undefined

function texts(): typeof i18next {
  if (loaded) return loaded
  const resources = readTexts()
  loaded = i18next.createInstance()
  void loaded.init({
    resources,
    initAsync: false,
    fallbackLng: false,
    ns: Object.keys(resources['ko'] ?? {}),
    defaultNS: 'common',
    // EJS escapes everything it prints; doing it here too would show &amp;#39; to people.
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  return loaded
}

/**
 * The texts of one language. `onMissing` hears of a key that is not there and may throw; without it
 * the key itself is shown, because a page with an odd word is better than no page.
 */
export function translator(language: Language, onMissing?: (key: string) => void): Translate {
  const i18n = texts()
  const fixed = i18n.getFixedT(language)
  return (key, values) => {
    if (!i18n.exists(key, { lng: language, ...values })) {
      onMissing?.(key)
      return key
    }
    return fixed(key, values ?? {})
  }
}

export function isLanguage(text: unknown): text is Language {
  return text === 'ko' || text === 'en'
}

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
