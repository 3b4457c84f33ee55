import type { Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { NewsTexts, ShownNews } from './list-news'

export function newsPath(slug: string): string {
  return `/matters/${slug}/news`
}

/** News in one language: text in paragraphs, each in lines as they were typed. */
export function newsWords(news: ShownNews, matter: Matter, t: Translate, lang: Language) {
  return {
    id: news.id,
    ...textWords(news, lang),
    href: `${newsPath(matter.slug)}#news-${news.id}`,
    at: showMoment(news.published_at, lang, matter.content.timeZone),
    iso: news.published_at.toISOString(),
    by: news.firm ? news.firm[lang] : t('news:byPortal'),
  }
}

/** Title and paragraphs of one language. */
export function textWords(news: NewsTexts, lang: Language) {
  return {
    title: news[`title_${lang}`],
    paragraphs: news[`text_${lang}`].split(/\n{2,}/).map((paragraph) => paragraph.split('\n')),
  }
}

/** The newest news for a card, and where all of it is. */
export function newsCard(news: ShownNews[], matter: Matter, t: Translate, lang: Language) {
  return {
    all: newsPath(matter.slug),
    news: news.map((one) => newsWords(one, matter, t, lang)),
  }
}
