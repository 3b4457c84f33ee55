import { rowWords } from '../moderation/queue-page'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { searchReasons } from './ask-search'
import type { FoundSearch } from './find-search'

export function searchPath(id: string): string {
  return `/search/${id}`
}

/** The form's choices. */
export function reasonWords(t: Translate) {
  return searchReasons.map((value) => ({
    value,
    text: t(`search:reason.${value}`),
    hint: t(`search:reasonHint.${value}`),
  }))
}

/** A search in words, with what it found as the queue shows it. */
export function searchWords(
  { search, own, state, claims, cut }: FoundSearch,
  t: Translate,
  lang: Language,
) {
  const { reason } = search
  return {
    href: searchPath(search.id),
    own,
    state,
    facts: [
      ...(own ? [] : [{ key: t('search:facts.person'), value: { text: search.name, user: true } }]),
      { key: t('search:facts.kind'), value: t(`search:kind.${search.kind}`) },
      ...(reason === null
        ? []
        : [{ key: t('search:facts.reason'), value: t(`search:reason.${reason}`) }]),
      { key: t('search:facts.at'), value: showMoment(search.asked_at, lang, 'Asia/Seoul') },
      ...(search.hits === null
        ? []
        : [{ key: t('search:facts.hits'), value: t('search:hits', { count: search.hits }) }]),
    ],
    hits: search.hits ?? 0,
    cut: cut ? search.hits : null,
    rows: claims.map((claim) => rowWords(claim, t, lang)),
  }
}
