import { readdirSync, readFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import i18next, { type Resource } from 'i18next'

export const languages = ['ko', 'en'] as const
export type Language = (typeof languages)[number]

/** Text by key, e.g. `t('intake:review.title', { name })`: plain text; the view escapes it. */
export type Translate = (key: string, values?: Record<string, string | number>) => string

const folder = join(__dirname, 'languages')

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

/** The same texts in the words of one context, where they have such words: `{ context: 'opt_out' }` of each. */
export function inContext(t: Translate, context: string): Translate {
  return (key, values) => t(key, { context, ...values })
}

export function isLanguage(text: unknown): text is Language {
  return text === 'ko' || text === 'en'
}
